/**
 * What of a server's vector outlives a crash of the server. Pure: looks at INFO in, vectors out.
 *
 * - AOF: a vector counts once a look, `aofSettledMs` later, shows the AOF sound: last write ok, no fsync pending, none
 *   delayed in between. With "everysec" a write waits up to 2 s for a slow fsync (longer counts as delayed), and is
 *   synced within a second after; the margin is above the two together.
 * - Snapshots only: once one was begun after it and ended well.
 * - Neither: a crash loses all, and the region comes back empty whatever was kept for it; so what is applied counts.
 */
import { adapterLimits } from "./limits.js";

export interface PersistenceLook {
  readonly aof: boolean;
  /** Snapshots are configured. */
  readonly snapshots: boolean;
  /** The fields of INFO persistence. */
  readonly info: ReadonlyMap<string, string>;
  /** The process, by its run id or the like: another one means that nothing before counts. */
  readonly process: string;
  readonly serverNowMs: number;
}

interface Mark {
  readonly vector: ReadonlyMap<string, number>;
  readonly atMs: number;
  readonly delayed: string;
}

export class Durability {
  private marks: Mark[] = [];
  private process = "";

  /** The vector that is durable by now, where this look tells of a newer one. */
  look(look: PersistenceLook, vector: ReadonlyMap<string, number>): ReadonlyMap<string, number> | undefined {
    if (look.process !== this.process) {
      this.marks = [];
      this.process = look.process;
    }
    if (!look.aof && !look.snapshots) return vector;
    const delayed = look.info.get("aof_delayed_fsync") ?? "";
    const sound = look.aof ? isAofSound(look.info) : look.info.get("rdb_last_bgsave_status") === "ok";
    if (look.aof && (!sound || this.marks.some((mark) => mark.delayed !== delayed))) this.marks = [];
    const savedMs = look.aof ? look.serverNowMs - adapterLimits.aofSettledMs : snapshotBegunMs(look.info);
    let durable: Mark | undefined;
    if (sound) {
      while (this.marks.length > 0 && this.marks[0]!.atMs < savedMs) durable = this.marks.shift();
    }
    if (this.marks.length >= adapterLimits.durabilityMarksMax) this.marks.splice(1, 1);
    if (sound) this.marks.push({ vector, atMs: look.serverNowMs, delayed });
    return durable?.vector;
  }
}

function isAofSound(info: ReadonlyMap<string, string>): boolean {
  return info.get("aof_last_write_status") === "ok" && info.get("aof_pending_bio_fsync") === "0";
}

/** Unix ms before which the latest finished snapshot was surely not yet begun: INFO counts whole seconds. */
function snapshotBegunMs(info: ReadonlyMap<string, string>): number {
  const endedSeconds = Number(info.get("rdb_last_save_time") ?? 0);
  const tookSeconds = Math.max(0, Number(info.get("rdb_last_bgsave_time_sec") ?? 0));
  return (endedSeconds - tookSeconds - 1) * 1000;
}
