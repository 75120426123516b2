/**
 * Whether all regions hold the same, by the digests of their buckets: walked in small steps with rests between them, when
 * somebody asks and the last comparison is old. `meridian verify` proves more, and takes more.
 */
import { setTimeout as delay } from "node:timers/promises";
import { textOf } from "../../errors.js";
import { agentLimits } from "../../limits.js";
import type { VerifyAnswers } from "../../verify/documents.js";
import { verifyLimits } from "../../verify/limits.js";
import type { StatusDocument } from "../documents.js";
import type { Convergence } from "./documents.js";
import type { AskedRegion } from "./source.js";

interface Walked {
  region: string;
  problem: string | null;
  keys: number;
  tallies: Buffer;
}

export class ConvergenceCheck {
  private last: Convergence | undefined;
  private running: Promise<void> | undefined;
  private hasWaited = false;
  private tookMs = 0;
  /** By region, while it is walked. */
  private readonly done = new Map<string, number>();
  private readonly stopped = new AbortController();

  constructor(
    private readonly regions: () => readonly AskedRegion[],
    private readonly status: () => Promise<StatusDocument>,
  ) {}

  /** The last comparison; of the first it waits a moment for the end. Null: it is not there yet. */
  async read(): Promise<Convergence | null> {
    const restMs = Math.max(agentLimits.convergenceEveryMs, this.tookMs);
    const isOld = this.last === undefined || Date.now() - this.last.checkedAtMs > restMs;
    if (isOld) {
      this.running ??= this.compare()
        .catch(() => undefined) // the next one who asks begins anew
        .finally(() => (this.running = undefined));
    }
    if (this.last === undefined && !this.hasWaited) {
      this.hasWaited = true;
      const late = delay(agentLimits.convergenceFirstMsMax, undefined, { signal: this.stopped.signal });
      await Promise.race([this.running, late.catch(() => undefined)]);
    }
    return this.last ?? null;
  }

  /** Of the slowest region; null: none is walked. */
  get progress(): number | null {
    return this.running === undefined ? null : Math.min(1, ...this.done.values());
  }

  stop(): void {
    this.stopped.abort();
  }

  private async compare(): Promise<void> {
    const startedAt = performance.now();
    const before = vectorsOf(await this.status());
    const walked = await Promise.all(this.regions().map((region) => this.walk(region)));
    const after = vectorsOf(await this.status());
    const compared = walked.filter(({ problem }) => problem === null);
    const differing = differingOf(compared.map(({ tallies }) => tallies));
    this.tookMs = performance.now() - startedAt;
    this.last = {
      checkedAtMs: Date.now(),
      same: compared.length < 2 ? null : differing.length === 0,
      quiet: before === undefined || after === undefined ? null : before === after,
      buckets: Math.floor((compared[0]?.tallies.length ?? 0) / verifyLimits.tallyBytes),
      differing: differing.length,
      examples: differing.slice(0, agentLimits.convergenceExamples),
      regions: walked.map(({ region, keys, problem }) => ({ region, keys: problem === null ? keys : null, problem })),
    };
  }

  private async walk(region: AskedRegion): Promise<Walked> {
    const walked: Walked = { region: region.region, problem: null, keys: 0, tallies: Buffer.alloc(0) };
    const pages: Buffer[] = [];
    this.done.set(region.region, 0);
    try {
      const layout = (await this.ask(region, { kind: "layout" })) as VerifyAnswers["layout"];
      const end = layout.partitions * layout.buckets;
      for (let from = 0; from < end && !this.stopped.signal.aborted;) {
        const startedAt = performance.now();
        const page = (await this.ask(region, { kind: "tallies", from })) as VerifyAnswers["tallies"];
        if (page.next <= from) throw new Error(`it doesn't go on from bucket ${from}`);
        from = page.next;
        this.done.set(region.region, from / end);
        walked.keys += page.keys;
        pages.push(Buffer.from(page.talliesBase64, "base64"));
        const restMs = (performance.now() - startedAt) * agentLimits.convergenceRest;
        if (from < end) await delay(restMs, undefined, { signal: this.stopped.signal });
      }
      walked.tallies = Buffer.concat(pages);
    } catch (error) {
      walked.problem = textOf(error);
      this.done.delete(region.region);
    }
    return walked;
  }

  private ask(region: AskedRegion, question: { kind: "layout" } | { kind: "tallies"; from: number }): Promise<unknown> {
    return region.ask({ kind: "verify", question });
  }
}

/** Undefined where vectors are not told: of hash slots each has its own. */
function vectorsOf({ regions }: StatusDocument): string | undefined {
  const told = regions.filter(({ state }) => state === "up").map(({ vector }) => sorted(vector));
  return told.some((vector) => vector.length === 0) ? undefined : JSON.stringify(told);
}

function sorted(vector: Record<string, number>): [string, number][] {
  return Object.entries(vector).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function differingOf(regions: readonly Buffer[]): number[] {
  const [first, ...others] = regions;
  if (first === undefined) return [];
  const { tallyBytes } = verifyLimits;
  const found: number[] = [];
  const length = Math.max(...regions.map((tallies) => tallies.length));
  for (let at = 0; at < length; at += tallyBytes) {
    const tally = first.subarray(at, at + tallyBytes);
    if (others.some((other) => !other.subarray(at, at + tallyBytes).equals(tally))) found.push(at / tallyBytes);
  }
  return found;
}
