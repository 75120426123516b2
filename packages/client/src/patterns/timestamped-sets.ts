/**
 * Timestamped sorted sets after SoundCloud's Roshi: each copy is a plain Redis of its own, and no agents are needed. A write
 * carries a score (a time), goes to all copies, and takes effect where its score is the highest for the member; a read asks
 * all copies, merges what they say, and repairs those that are behind. Each set is two sorted sets, inserts under `key+` and
 * deletes under `key-`.
 *
 * Costs: a write waits for as many copies as have to confirm it (a majority, by default), a read for all that answer, so for
 * a round trip to the farthest; a second one where they differ. `from: "near"` reads one copy, unmerged.
 * Loses: a write that a copy did not get is there when somebody next reads that part of the set. Each set keeps a bounded number of inserts
 * and of deletes, those with the highest scores: when a delete has been dropped, a copy that never got it shows the member again.
 */
import { RegionError } from "../errors.js";
import type { PatternLimits } from "../limits.js";
import type { OperationOptions } from "../regions/regions.js";
import type { Operation } from "../regions/region.js";
import { ask, askInOrder, Avoided } from "./ask.js";
import { badPattern, checkedLimits, checkedRegions, type RegionClient } from "./region-client.js";
import { ServerScript } from "./server-script.js";
import {
  byScore,
  disputedIn,
  isComplete,
  isNewer,
  type Known,
  newestOf,
  type ScoredMember,
} from "./timestamped-merge.js";

export interface TimestampedSetsOptions {
  /** Each a plain Redis with a copy; the nearest first. */
  readonly copies: readonly RegionClient[];
  /** So many copies confirm a write; default: more than half of them. */
  readonly writeCopies?: number;
  /** `timestampedMembersMax` (10,000) is how many members a set keeps. */
  readonly limits?: Partial<PatternLimits>;
}

export interface SelectOptions extends OperationOptions {
  readonly offset?: number;
  readonly limit?: number;
  /** All copies (default), merged and repaired; or the nearest that answers, as it is. */
  readonly from?: "all" | "near";
}

export interface Selected {
  /** The highest score first. */
  readonly members: ScoredMember[];
  /** The copies that answered. */
  readonly from: string[];
}

export interface TimestampedWrite {
  /** The copies that had confirmed it when it was enough. */
  readonly in: string[];
}

/** ARGV: how many members are kept, then of each member `insert` or `delete`, the score, and itself. */
const WRITE = new ServerScript(
  "meridianTimestampedWrite",
  `local applied = 0
for at = 2, #ARGV, 3 do
  local isDelete, score, member = ARGV[at] == 'delete', tonumber(ARGV[at + 1]), ARGV[at + 2]
  local inserted = tonumber(redis.call('ZSCORE', KEYS[1], member) or '-inf')
  local deleted = tonumber(redis.call('ZSCORE', KEYS[2], member) or '-inf')
  if deleted < score and (inserted < score or (isDelete and inserted == score)) then
    redis.call('ZADD', KEYS[isDelete and 2 or 1], ARGV[at + 1], member)
    redis.call('ZREM', KEYS[isDelete and 1 or 2], member)
    applied = applied + 1
  end
end
for number = 1, 2 do redis.call('ZREMRANGEBYRANK', KEYS[number], 0, -ARGV[1] - 1) end
return applied`,
);

/** ARGV: members. Replies their scores among the inserts, and among the deletes. */
const STATES = new ServerScript(
  "meridianTimestampedStates",
  `local replies = {}
for at = 1, #ARGV do
  replies[2 * at - 1] = redis.call('ZSCORE', KEYS[1], ARGV[at])
  replies[2 * at] = redis.call('ZSCORE', KEYS[2], ARGV[at])
end
return replies`,
);

type Change = readonly [kind: "insert" | "delete", score: number, member: string];

interface Merged {
  members: ScoredMember[];
  repairs: Map<RegionClient, Change[]>;
}

export class TimestampedSets {
  private readonly copies: readonly RegionClient[];
  private readonly writeCopies: number;
  private readonly limits: PatternLimits;
  private readonly avoided: Avoided;
  private readonly underWay = new Set<Promise<unknown>>();

  constructor({ copies, writeCopies = Math.floor(copies.length / 2) + 1, limits }: TimestampedSetsOptions) {
    this.copies = checkedRegions("TimestampedSets", copies);
    this.writeCopies = writeCopies;
    this.limits = checkedLimits("TimestampedSets", limits);
    this.avoided = new Avoided(this.limits);
    if (!Number.isInteger(writeCopies) || writeCopies < 1 || writeCopies > copies.length) {
      throw badPattern("TimestampedSets", `writeCopies is 1 to ${copies.length}`);
    }
  }

  /** Does nothing where the member has this score or a higher one, as an insert or as a delete. */
  insert(key: string, member: string, score: number, options: OperationOptions = {}): Promise<TimestampedWrite> {
    return this.write(key, ["insert", score, member], options);
  }

  /** Takes the member away, unless it has a higher score. */
  delete(key: string, member: string, score: number, options: OperationOptions = {}): Promise<TimestampedWrite> {
    return this.write(key, ["delete", score, member], options);
  }

  async select(key: string, options: SelectOptions = {}): Promise<Selected> {
    const { offset = 0, limit = 10, from = "all", msMax = this.limits.operationMsMax } = options;
    for (const [name, value] of Object.entries({ offset, limit })) {
      if (!Number.isInteger(value) || value < 0) throw badPattern("TimestampedSets", `${name} is a whole number`);
    }
    const untilMs = performance.now() + msMax;
    const count = Math.min(offset + limit, this.limits.timestampedMembersMax);
    if (count === 0) return { members: [], from: [] };
    if (from === "near") {
      const found = await askInOrder(this.copies, pageOf(key, count), msMax, this.limits, this.avoided);
      return { members: found.value.slice(offset), from: [found.region] };
    }
    for (let depth = count; ; depth *= 2) {
      const pages = await this.askAll(pageOf(key, depth), untilMs);
      const answered = [...pages.keys()];
      const { members, repairs } = await this.merge(key, pages, untilMs);
      for (const [copy, changes] of repairs) this.keep(this.change(copy, key, changes, this.limits.operationMsMax));
      if (depth < this.limits.timestampedMembersMax && !isComplete(members, count, [...pages.values()], depth))
        continue;
      return { members: members.slice(offset, count), from: answered.map(({ name }) => name) };
    }
  }

  /** Resolves when the writes and repairs under way are over: before a process ends, or a test looks. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.underWay);
  }

  private async write(key: string, change: Change, options: OperationOptions): Promise<TimestampedWrite> {
    const { msMax = this.limits.operationMsMax } = options;
    if (!Number.isFinite(change[1])) throw badPattern("TimestampedSets", "a score is a finite number");
    const done: string[] = [];
    const reasons: string[] = [];
    return new Promise((resolve, reject) => {
      const over = (): void => {
        const left = this.copies.length - done.length - reasons.length;
        if (done.length >= this.writeCopies) return resolve({ in: [...done] });
        if (done.length + left >= this.writeCopies) return;
        const counts = { done: done.length, all: this.copies.length, wanted: this.writeCopies };
        reject(new RegionError("MERIDIAN_TOOFEWCOPIES", { ...counts, reasons: reasons.join("; ") }));
      };
      for (const copy of this.copies) {
        const written = this.change(copy, key, [change], msMax);
        const failed = (error: Error): void => {
          reasons.push(reasonOf(copy, error));
          over();
        };
        void written.then(() => (done.push(copy.name), over()), failed);
        this.keep(written);
      }
    });
  }

  private async change(copy: RegionClient, key: string, changes: readonly Change[], msMax: number): Promise<void> {
    const args = [this.limits.timestampedMembersMax, ...changes.flat()];
    await ask(copy, (redis) => WRITE.run(redis, keysOf(key), args), msMax, this.limits);
  }

  private keep(promise: Promise<unknown>): void {
    this.underWay.add(promise);
    const over = (): void => void this.underWay.delete(promise);
    promise.then(over, over);
  }

  /** Of those that answer in time: the ones that failed just now are left out, unless none is left. */
  private async askAll<T>(operation: Operation<T>, untilMs: number, of = this.copies): Promise<Map<RegionClient, T>> {
    const usable = this.avoided.usable(of);
    const msMax = Math.max(1, Math.min(this.limits.tryMsMax, untilMs - performance.now()));
    const results = await Promise.allSettled(usable.map((copy) => ask(copy, operation, msMax, this.limits)));
    const answers = new Map<RegionClient, T>();
    const reasons: string[] = [];
    for (const [index, result] of results.entries()) {
      const copy = usable[index] as RegionClient;
      if (result.status === "fulfilled") {
        this.avoided.succeeded(copy.name);
        answers.set(copy, result.value);
        continue;
      }
      this.avoided.failed(copy.name);
      reasons.push(reasonOf(copy, result.reason as Error));
    }
    if (answers.size === 0) throw new RegionError("MERIDIAN_NOREGION", { reasons: reasons.join("; ") });
    return answers;
  }

  private async merge(key: string, pages: Map<RegionClient, ScoredMember[]>, untilMs: number): Promise<Merged> {
    const disputed = [...disputedIn([...pages.values()])];
    const merged = new Map([...pages.values()].flat().map((scored) => [scored.member, scored]));
    const repairs = new Map<RegionClient, Change[]>();
    if (disputed.length === 0) return { members: [...merged.values()].toSorted(byScore), repairs };
    const states = await this.askAll(statesOf(key, disputed), untilMs, [...pages.keys()]);
    for (const [index, member] of disputed.entries()) {
      // What a page showed counts also where its copy has not answered again.
      const shown = [...pages.values()].flat().filter((scored) => scored.member === member);
      const inserts = shown.map(({ score }): Known => ({ kind: "insert", score }));
      const newest = newestOf([...inserts, ...[...states.values()].map((known) => known[index])]);
      merged.delete(member);
      if (newest === undefined) continue;
      if (newest.kind === "insert") merged.set(member, { member, score: newest.score });
      for (const [copy, known] of states) {
        if (!isNewer(newest, known[index])) continue;
        repairs.set(copy, [...(repairs.get(copy) ?? []), [newest.kind, newest.score, member]]);
      }
    }
    return { members: [...merged.values()].toSorted(byScore), repairs };
  }
}

/** A copy that refuses, for its memory or for what else is under the key, is one that didn't do it. */
function reasonOf({ name }: RegionClient, error: Error): string {
  return `${name}: ${error instanceof RegionError ? error.code : error.message}`;
}

const keysOf = (key: string): string[] => [`${key}+`, `${key}-`];

function pageOf(key: string, depth: number): Operation<ScoredMember[]> {
  return async (redis) => {
    const reply = await redis.zrevrange(`${key}+`, 0, depth - 1, "WITHSCORES");
    return Array.from({ length: reply.length / 2 }, (_, at) => {
      return { member: reply[2 * at] ?? "", score: Number(reply[2 * at + 1]) };
    });
  };
}

function statesOf(key: string, members: readonly string[]): Operation<Known[]> {
  return async (redis) => {
    const scores = (await STATES.run(redis, keysOf(key), members)) as (string | null)[];
    return members.map((_, at) => {
      const inserted = scores[2 * at] ?? undefined;
      const deleted = scores[2 * at + 1] ?? undefined;
      return newestOf([
        inserted === undefined ? undefined : { kind: "insert", score: Number(inserted) },
        deleted === undefined ? undefined : { kind: "delete", score: Number(deleted) },
      ]);
    });
  };
}
