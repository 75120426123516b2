/**
 * Compares regions that go on being written to, without ever calling a write on its way a difference.
 *
 * All regions are walked at once and the tallies of their buckets compared. What differs, is wrong by itself, or is too large for a
 * tally is looked at again, one region after the other, each not before it has all that the one before had when it was
 * read. A key whose digests were the same in each region in two such rounds running, and are not the same in all of them, differs for a
 * reason other than time: what the first region showed is what the others have applied, and what they showed is what the
 * first has applied since, and yet nothing changed. docs/decisions/0018-verify.md has the argument.
 */
import { setTimeout as delay } from "node:timers/promises";
import { bytesOf } from "../admin/bytes.js";
import { textOf } from "../errors.js";
import type {
  Difference,
  DifferenceKind,
  KeyReading,
  Layout,
  StampVector,
  VerifiedRegion,
  VerifyDocument,
} from "./documents.js";
import { explain } from "./explanations.js";
import { bucketOfKey, bucketsIn, partitionOfBucket, partitionOfKey } from "./layout.js";
import { verifyLimits } from "./limits.js";
import { readAgain, readVectors, walkRegion, type Reading, type Walk } from "./reading.js";
import type { VerifySource } from "./sources.js";
import { covers } from "./vectors.js";

export interface VerifyOptions {
  /** How long a key may take to come to rest, and a region to get what another one has. */
  waitMs: number;
}

export async function verifyRegions(sources: readonly VerifySource[], options: VerifyOptions): Promise<VerifyDocument> {
  const startedAt = performance.now();
  const regions: VerifiedRegion[] = [];
  const walked: Walked[] = [];
  const walks = await Promise.allSettled(sources.map((source) => walkRegion(source)));
  for (const [index, source] of sources.entries()) {
    const walk = walks[index];
    if (walk?.status === "fulfilled") {
      const { region, problem, keys, readMs } = walk.value;
      regions.push({ region, problem, keys, readMs });
      walked.push({ source, walk: walk.value });
    } else {
      regions.push({ region: source.region, problem: textOf(walk?.reason), keys: 0, readMs: 0 });
    }
  }
  const compared = alike(walked, regions);
  const comparison = new Comparison(
    compared.map(({ source }) => source),
    compared[0]?.walk.layout ?? { partitions: 1, buckets: 1 },
    options,
  );
  await comparison.compare(compared.map(({ walk }) => walk));
  const { differences, behind, whole } = comparison;
  const isComplete = regions.every(({ problem }) => problem === null);
  return {
    equal: isComplete && whole && behind.length === 0 && differences.every(({ kind }) => kind === "busy"),
    tookMs: Math.round(performance.now() - startedAt),
    regions,
    differences,
    behind,
    whole,
  };
}

interface Walked {
  source: VerifySource;
  walk: Walk;
}

/** Without those that are laid out in another way than the first: that is their problem. */
function alike(walked: readonly Walked[], regions: VerifiedRegion[]): Walked[] {
  const [first] = walked;
  return walked.filter(({ source: { region }, walk: { layout } }) => {
    const { partitions, buckets } = first?.walk.layout ?? layout;
    if (layout.partitions === partitions && layout.buckets === buckets) return true;
    const problem = `it has ${layout.partitions} partitions of ${layout.buckets} buckets, ${first?.source.region} has ${partitions} of ${buckets}: such regions are not comparable, nor replicated; see the setting partitions`;
    regions.splice(
      regions.findIndex((one) => one.region === region),
      1,
      { region, problem, keys: 0, readMs: 0 },
    );
    return false;
  });
}

class Comparison {
  readonly differences: Difference[] = [];
  readonly behind: { region: string; of: string }[] = [];
  whole = true;
  /** Of each partition what was read last, and of whom. */
  private readonly last = new Map<number, { region: string; vector: StampVector }>();
  /** Partitions that were waited for in vain. */
  private readonly late = new Set<number>();

  constructor(
    private readonly sources: readonly VerifySource[],
    private readonly layout: Layout,
    private readonly options: VerifyOptions,
  ) {}

  async compare(walks: readonly Walk[]): Promise<void> {
    const buckets = differingBuckets(walks, this.layout);
    const keys = new Set(walks.flatMap(({ problems, large }) => [...problems.keys(), ...large]));
    for (const key of keys) if (isTooLong(key)) buckets.add(this.bucketOf(key));
    const single = [...keys].filter((key) => !isTooLong(key));
    const all = [...buckets].toSorted((a, b) => a - b);
    for (let at = 0; at === 0 || at < all.length; at += verifyLimits.bucketsTogether) {
      const some = all.slice(at, at + verifyLimits.bucketsTogether);
      await this.settle({ buckets: some, keys: at === 0 ? single : [] });
      if (!this.whole) return;
    }
  }

  /** Rounds over all regions until every key is the same, proven to differ, or time is up. */
  private async settle(first: Open): Promise<void> {
    const deadline = performance.now() + this.options.waitMs;
    let wanted = first;
    let before: Round | undefined;
    while (wanted.buckets.length > 0 || wanted.keys.length > 0) {
      const round = await this.readRound(wanted);
      const isOver = performance.now() > deadline && before !== undefined;
      const open: string[] = [];
      for (const key of keysOf(round.readings)) {
        if (isSame(round, key)) continue;
        const isLate = round.late.has(this.partitionOf(key));
        if (hasProblem(round, key) && (isLate || isOver)) this.report(key, round, "differs");
        else if (isLate) this.report(key, round, "behind");
        else if (isProven(before, round, key)) this.report(key, round, "differs");
        else if (isOver) this.report(key, round, "busy");
        else open.push(key);
      }
      if (!this.whole) return;
      wanted = this.stillOpen(wanted, open);
      before = round;
    }
  }

  /** A bucket is read again while one of its keys is open. */
  private stillOpen(wanted: Open, open: readonly string[]): Open {
    const single = new Set(wanted.keys);
    const inBuckets = new Set(open.filter((key) => !single.has(key)).map((key) => this.bucketOf(key)));
    const opened = new Set(open);
    return {
      buckets: wanted.buckets.filter((bucket) => inBuckets.has(bucket)),
      keys: wanted.keys.filter((key) => opened.has(key)),
    };
  }

  private async readRound(wanted: Open): Promise<Round> {
    const partitions = new Set(wanted.buckets.map((bucket) => partitionOfBucket(this.layout, bucket)));
    for (const key of wanted.keys) partitions.add(this.partitionOf(key));
    const round: Round = { readings: [], late: new Set() };
    for (const source of this.sources) {
      for (const partition of await this.lateIn(source, partitions)) this.noteLate(source, partition, round);
      round.readings.push(await readAgain(source, wanted));
      const vectors = Object.entries(await readVectors(source, partitions));
      for (const [partition, vector] of vectors) this.last.set(Number(partition), { region: source.region, vector });
    }
    return round;
  }

  /** Those in which the region does not have all that the one before had, however long it was waited for. */
  private async lateIn(source: VerifySource, partitions: ReadonlySet<number>): Promise<Set<number>> {
    const lacking = new Set([...partitions].filter((partition) => this.last.has(partition)));
    const startedMs = performance.now();
    while (lacking.size > 0) {
      const seen = await readVectors(source, lacking);
      for (const partition of lacking) {
        if (covers(seen[partition] ?? {}, this.last.get(partition)?.vector ?? {})) lacking.delete(partition);
      }
      const waitMs = this.late.size > 0 ? verifyLimits.laterWaitMs : this.options.waitMs;
      const isOver = performance.now() - startedMs >= waitMs || [...lacking].every((one) => this.late.has(one));
      if (isOver) break;
      await delay(verifyLimits.pollMs);
    }
    return lacking;
  }

  private noteLate({ region }: VerifySource, partition: number, round: Round): void {
    round.late.add(partition);
    if (this.late.has(partition)) return;
    this.late.add(partition);
    const of = this.last.get(partition)?.region ?? "";
    if (!this.behind.some((pair) => pair.region === region && pair.of === of)) this.behind.push({ region, of });
  }

  private partitionOf(keyBase64: string): number {
    return partitionOfKey(this.layout, Buffer.from(keyBase64, "base64"));
  }

  private bucketOf(keyBase64: string): number {
    return bucketOfKey(this.layout, Buffer.from(keyBase64, "base64"));
  }

  private report(keyBase64: string, { readings }: Round, kind: DifferenceKind): void {
    if (this.differences.length >= verifyLimits.differencesMax) {
      this.whole = false;
      return;
    }
    const regions = this.sources.map(({ region }, index) => {
      const { tally, kept, problem } = readings[index]?.keys.get(keyBase64) ?? absent(keyBase64);
      return { region, tally, kept, problem };
    });
    const key = bytesOf(Buffer.from(keyBase64, "base64"));
    this.differences.push({ key, keyBase64, kind, regions, explanation: explain(kind, regions) });
  }
}

/** What is looked at again. */
interface Open {
  buckets: number[];
  keys: string[];
}

interface Round {
  /** One for each region, in their order. */
  readings: Reading[];
  /** Partitions in which some region was read before it had all that the one before it had. */
  late: Set<number>;
}

function keysOf(readings: readonly Reading[]): Set<string> {
  return new Set(readings.flatMap(({ keys }) => [...keys.keys()]));
}

function absent(keyBase64: string): KeyReading {
  return { keyBase64, tally: null, kept: "", problem: null, deadlineMs: 0 };
}

function isSame({ readings }: Round, key: string): boolean {
  const [first, ...others] = readings.map(({ keys }) => keys.get(key) ?? absent(key));
  if (first === undefined || first.problem !== null) return false;
  return others.every(({ tally, problem }) => tally === first.tally && problem === null);
}

/** What is wrong by itself is certain, whatever is on its way. */
function hasProblem({ readings }: Round, key: string): boolean {
  return readings.some(({ keys }) => (keys.get(key)?.problem ?? null) !== null);
}

/** The same in each region as a round ago, with all that any of them had in between. */
function isProven(before: Round | undefined, now: Round, key: string): boolean {
  if (before === undefined) return false;
  const seen = now.readings.map(({ keys }) => keys.get(key) ?? absent(key));
  const isStill = seen.every(({ tally, problem }, index) => {
    const then = before.readings[index]?.keys.get(key) ?? absent(key);
    return then.tally === tally && then.problem === problem;
  });
  if (!isStill) return false;
  if (seen.some(({ problem }) => problem !== null)) return true;
  const isGone = seen.some(({ tally }) => tally === null);
  const soon = Date.now() + verifyLimits.expirySlackMs;
  return !isGone || !seen.some(({ deadlineMs }) => deadlineMs > 0 && deadlineMs < soon);
}

function differingBuckets(walks: readonly Walk[], layout: Layout): Set<number> {
  const found = new Set<number>();
  const [first, ...others] = walks;
  if (first === undefined) return found;
  const { tallyBytes } = verifyLimits;
  for (let bucket = 0; bucket < bucketsIn(layout); bucket++) {
    const [from, to] = [bucket * tallyBytes, (bucket + 1) * tallyBytes];
    const same = others.every(({ tallies }) => tallies.compare(first.tallies, from, to, from, to) === 0);
    if (!same) found.add(bucket);
  }
  return found;
}

function isTooLong(keyBase64: string): boolean {
  return keyBase64.length > verifyLimits.keyBytesMax;
}
