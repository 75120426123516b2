/**
 * What checked clients asked for, what was acknowledged, and what of it may be gone.
 *
 * Each operation leaves its evidence in the same transaction: its number in the set `done:<region>`. So what the regions
 * hold in the end says by itself which operations happened, and everything else must fit exactly.
 *
 * What was acknowledged may be gone in one case only: its server was killed before it was on the disk, and it was in no other
 * server that lived. An operation that was handed back to a server after such a death is as young as on its first day.
 */
import type { Redis } from "ioredis";

export type Kind = "count" | "tally" | "add" | "remove" | "push" | "entry" | "own" | "delete";

export interface Operation {
  readonly id: string;
  readonly region: string;
  readonly kind: Kind;
  /** The key, or the field of a tally. */
  readonly key: string;
  /** Of a removal or deletion: the operation whose effect it takes away. */
  readonly of: string | undefined;
  /** Undefined: never answered, so it happened or it didn't. */
  answeredMs: number | undefined;
  /** Of a removal or deletion that was answered: whether there was something to take away. */
  tookAway: boolean | undefined;
}

/** On the disk by then: what agents take as such, too. */
export const DURABLE_AFTER_MS = 4000;
/** Until when what a server lost has surely been given back to it, and is on its disk. */
const GIVEN_BACK_AFTER_MS = 45_000;

export class Book {
  readonly operations = new Map<string, Operation>();
  readonly mayBeLost = new Set<string>();
  private readonly diedMs = new Map<string, number>();
  private next = 0;

  constructor(readonly names: readonly string[]) {}

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

  /** Called when the server of a region is dead, with the servers that live. */
  async serverDied(region: string, killedMs: number, survivors: readonly Redis[]): Promise<void> {
    this.diedMs.set(region, killedMs);
    const held = new Set<string>();
    for (const survivor of survivors) for (const id of await evidenceIn(survivor, this.names)) held.add(id);
    for (const operation of this.operations.values()) {
      const { id, answeredMs } = operation;
      if (answeredMs === undefined || held.has(id)) continue;
      const isYoung = operation.region === region && answeredMs > killedMs - DURABLE_AFTER_MS;
      const wasLost = killedMs - (this.diedMs.get(operation.region) ?? -Infinity) < GIVEN_BACK_AFTER_MS;
      const wasYoungThen = answeredMs > (this.diedMs.get(operation.region) ?? Infinity) - DURABLE_AFTER_MS;
      if (isYoung || (operation.region !== region && wasLost && wasYoungThen)) this.mayBeLost.add(id);
    }
  }

  clear(): void {
    this.operations.clear();
    this.mayBeLost.clear();
  }
}

export async function evidenceIn(server: Redis, names: readonly string[]): Promise<string[]> {
  const parts = await Promise.all(names.map((name) => server.smembers(`done:${name}`)));
  return parts.flat();
}
