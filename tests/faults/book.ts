/**
 * What checked clients asked for, what was acknowledged, and what of it may be gone.
 *
 * Each operation leaves its evidence in the same transaction: its number in a set of its key and region. So what the regions
 * hold in the end says by itself which operations happened, and everything else must fit exactly.
 *
 * What was acknowledged may be gone in one case only: its server was killed before it was on the disk, and it was in no other
 * server that lived. An operation that was handed back to a server after such a death is as young as on its first day.
 */
import type { Redis } from "ioredis";
import { EVIDENCE_NAMES } from "./names.js";

export type Kind = "count" | "tally" | "add" | "remove" | "push" | "entry" | "own" | "delete";

export interface Operation {
  readonly id: string;
  readonly region: string;
  readonly kind: Kind;
  /** Its number, see names.ts. */
  readonly key: string;
  /** Of a removal or deletion: the operation whose effect it takes away. */
  readonly of: string | undefined;
  /** Undefined: never answered, so it happened or it didn't. */
  answeredMs: number | undefined;
  /** Of a removal or deletion that was answered: whether there was something to take away. */
  tookAway: boolean | undefined;
}

/** Of a server of a region. */
export interface Death {
  readonly killedMs: number;
  /** What was done with the key and answered after it may not be on the disk. */
  readonly youngSinceMs: (key: string) => number;
}

/** On the disk by then: what agents take as such, too. */
export const DURABLE_AFTER_MS = 4000;
/** In the file by then: a server puts a write off while its disk is busy, for two seconds at most. */
export const WRITTEN_AFTER_MS = 2500;
/** Until when what a server lost has surely been given back to it, and is on its disk. */
const GIVEN_BACK_AFTER_MS = 45_000;

export class Book {
  readonly operations = new Map<string, Operation>();
  readonly mayBeLost = new Set<string>();
  private readonly deaths = new Map<string, Death[]>();
  private next = 0;

  begin(region: string, kind: Kind, key: string, of?: string): Operation {
    const id = `${region}-${this.next++}`;
    const operation = { id, region, kind, key: key, of, answeredMs: undefined, tookAway: undefined };
    this.operations.set(id, operation);
    return operation;
  }

  get answered(): number {
    let count = 0;
    for (const { answeredMs } of this.operations.values()) if (answeredMs !== undefined) count++;
    return count;
  }

  /** Called when a server of a region is dead, with the servers of the other regions. */
  async serverDied(region: string, death: Death, survivors: readonly Redis[]): Promise<void> {
    const wasDeadMs = death.killedMs - GIVEN_BACK_AFTER_MS;
    this.deaths.set(region, [...(this.deaths.get(region) ?? []), death]);
    const held = new Set(await evidenceIn(survivors));
    for (const operation of this.operations.values()) {
      const { id, key, answeredMs } = operation;
      if (answeredMs === undefined || held.has(id)) continue;
      const wasLost = (this.deaths.get(operation.region) ?? []).some(
        ({ killedMs, youngSinceMs }) => killedMs > wasDeadMs && answeredMs > youngSinceMs(key),
      );
      if (wasLost) this.mayBeLost.add(id);
    }
  }

  clear(): void {
    this.operations.clear();
    this.mayBeLost.clear();
  }
}

export async function evidenceIn(servers: readonly Redis[]): Promise<string[]> {
  const parts = servers.map(async (server) => {
    const names = await server.keys(EVIDENCE_NAMES);
    return Promise.all(names.map((name) => server.smembers(name)));
  });
  return (await Promise.all(parts)).flat(2);
}
