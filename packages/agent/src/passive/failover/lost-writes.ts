/**
 * What a server wrote as a primary, and the new primary had not got when it became one, is saved before the server follows that: as
 * commands where its stream still has them and it is known where the two part; else all its data.
 *
 * While it is looked and saved the server does no writes, so nothing comes after what was saved. If it can't be saved the server is
 * left as it is, without a role, and it is tried again.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { LostWrites, PeerServer } from "../documents.js";
import { passiveLimits } from "../limits.js";
import type { RegionServer, ServerLook } from "../region-server.js";
import { readReplication, type StreamPart } from "./replication-read.js";

export interface SaveOptions {
  readonly server: RegionServer;
  readonly region: string;
  /** Of which it was the primary, or a replica. */
  readonly epoch: number;
  readonly wasPrimary: boolean;
  readonly folder: string;
  /** The new primary's server. */
  readonly next: PeerServer;
}

/** Undefined: nothing was lost. The server does no writes when this resolves, for a while. */
export async function saveLostWrites(options: SaveOptions): Promise<LostWrites | undefined> {
  const { server, region, epoch, folder, next } = options;
  await server.pauseWrites(passiveLimits.savePauseMs);
  const seen = await server.look();
  const wanted = whatIsLost(seen, options);
  if (wanted === "nothing") return undefined;
  if (seen.role === "replica") await server.promote(); // who hears of no primary gives nothing away
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const atMs = Date.now();
  const time = new Date(atMs).toISOString().replaceAll(/[:.]/g, "-");
  const file = join(folder, `${region}-epoch-${epoch}-${time}`);
  const part = wanted === "all" ? undefined : { stream: next.formerStream, after: next.formerOffset, to: seen.offset };
  const read = await readReplication(server.address, part satisfies StreamPart | undefined, file);
  return { ...read, atMs };
}

function whatIsLost(seen: ServerLook, { next, wasPrimary }: SaveOptions): "nothing" | "part" | "all" {
  const streams = [seen.replicationId, ...(seen.role === "primary" ? [] : [seen.formerId])];
  if (seen.keys === 0 && !wasPrimary) return "nothing";
  if (seen.replicationId === next.formerStream) return seen.offset > next.formerOffset ? "part" : "nothing";
  if (streams.includes(next.stream)) return seen.offset > next.offset ? "all" : "nothing";
  if (wasPrimary) return "all";
  return seen.role === "primary" && seen.changes > 0 ? "all" : "nothing";
}
