/**
 * How many conflicts a region met, and how many keys may hold what lost, for each status. Of one server that is read each time. Of
 * hash slots it takes thousands of reads, so what was counted last is told, and meanwhile counted anew where that is old:
 *
 * 1. Of a node only where something was written since: it counts its changes itself.
 * 2. Between two counts passes so much more time than one took that they hardly cost anything.
 */
import type { Engine, SlotNode, Slots } from "@meridian/engine";
import { textOf } from "../errors.js";
import { agentLimits } from "../limits.js";
import { partitionsOf, type Partitions } from "../partitions/partitions.js";
import { countConflicts } from "./conflict-keys.js";
import type { ConflictTotals } from "./documents.js";

interface Counted {
  /** Of the node, as it was before it was counted. */
  mark: string;
  totals: ConflictTotals;
}

export class ConflictTally {
  private readonly partitions: Partitions;
  private readonly slots: Slots | undefined;
  private nodes = new Map<string, Counted>();
  private last: ConflictTotals | undefined;
  private running: Promise<ConflictTotals> | undefined;
  private problem = new Error("not counted yet");
  private dueMs = 0;

  constructor(engine: Engine) {
    this.partitions = partitionsOf(engine);
    this.slots = engine.slots;
  }

  /** Rejects where the region doesn't answer. */
  totals(): Promise<ConflictTotals> {
    const { slots } = this;
    if (slots === undefined) return countConflicts(this.partitions);
    if (this.running === undefined && performance.now() >= this.dueMs) {
      this.running = this.count(slots).finally(() => (this.running = undefined));
      this.running.catch(() => undefined); // told below, or by the next call
    }
    if (this.last !== undefined) return Promise.resolve(this.last);
    return this.running ?? Promise.reject(this.problem);
  }

  private async count({ nodes }: Slots): Promise<ConflictTotals> {
    const startedMs = performance.now();
    try {
      const found = new Map<string, Counted>();
      for (const node of nodes) found.set(node.id, await this.countNode(node));
      this.nodes = found;
      return (this.last = sumOf([...found.values()].map(({ totals }) => totals)));
    } catch (error) {
      this.last = undefined;
      this.problem = error instanceof Error ? error : new Error(textOf(error));
      throw error;
    } finally {
      const tookMs = performance.now() - startedMs;
      this.dueMs =
        performance.now() + Math.max(agentLimits.infoReadEveryMs / 2, tookMs * agentLimits.conflictCountRest);
    }
  }

  private async countNode(node: SlotNode): Promise<Counted> {
    const mark = await markOf(node);
    const known = this.nodes.get(node.id);
    if (known?.mark === mark) return known;
    return { mark, totals: await countConflicts(this.partitions, node.slots) };
  }
}

const MARKS = /^(?:run_id|rdb_saves|rdb_last_save_time|rdb_changes_since_last_save):.*$/gm;

/** It changes with each write to the node, and with the slots that it has. */
async function markOf({ redis, slots }: SlotNode): Promise<string> {
  const info = await redis.call("INFO", "server", "persistence");
  const marks = String(info).match(MARKS) ?? [];
  return [...marks, slots.length, slots[0], slots.at(-1)].join(" ");
}

function sumOf(all: readonly ConflictTotals[]): ConflictTotals {
  const sum: ConflictTotals = { keys: 0, counts: {} };
  for (const { keys, counts } of all) {
    sum.keys += keys;
    for (const [kind, count] of Object.entries(counts)) sum.counts[kind] = (sum.counts[kind] ?? 0) + count;
  }
  return sum;
}
