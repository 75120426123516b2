/**
 * How far behind the primary the region's data are: in bytes of the replication stream, and in time. No clocks are compared. An
 * offset that the primary's agent read after it was asked was there no earlier than the question; so once this region has reached
 * it, its data are no older than the question.
 */
import { passiveLimits } from "./limits.js";

interface Sample {
  readonly askedMs: number;
  readonly offset: number;
}

export class Standing {
  private samples: Sample[] = [];
  private newest = 0;
  /** Undefined: not known. */
  private own: number | undefined;
  private stream = "";
  private freshMs: number | undefined;
  private heardMs: number | undefined;

  /** The primary's agent was asked then, and its server was there. Another stream: all is unknown again. */
  heard(askedMs: number, stream: string, offset: number): void {
    if (stream !== this.stream) {
      this.stream = stream;
      this.samples = [];
      this.own = undefined;
      this.freshMs = undefined;
    }
    this.newest = offset;
    this.heardMs = askedMs;
    const last = this.samples.at(-1);
    if (last?.offset === offset && this.samples.length > 1) this.samples.pop();
    if (this.samples.length < passiveLimits.samplesMax) this.samples.push({ askedMs, offset });
    this.settle();
  }

  /** The region's own server is there; undefined: that is not known. */
  reached(stream: string, offset: number | undefined): void {
    this.own = stream === this.stream ? offset : undefined;
    this.settle();
  }

  /** Null: not known. */
  get lagBytes(): number | null {
    return this.own === undefined ? null : Math.max(0, this.newest - this.own);
  }

  /** For how long the oldest of what is not here yet has been at the primary, at least; 0: nothing is known that is not here. */
  lagMs(nowMs: number): number | null {
    const { own } = this;
    if (own === undefined) return null;
    const missing = this.samples.find(({ offset }) => offset > own);
    return missing === undefined ? 0 : nowMs - missing.askedMs;
  }

  /** What was heard of the primary's server last. */
  heardOffset(nowMs: number): { stream: string; offset: number; agoMs: number } | undefined {
    if (this.heardMs === undefined) return undefined;
    return { stream: this.stream, offset: this.newest, agoMs: nowMs - this.heardMs };
  }

  /** The region's data are at most so old; undefined: not known. */
  stalenessMs(nowMs: number): number | undefined {
    return this.freshMs === undefined ? undefined : nowMs - this.freshMs;
  }

  private settle(): void {
    const { own } = this;
    if (own === undefined) return;
    let reached = -1;
    while (reached + 1 < this.samples.length && (this.samples[reached + 1] as Sample).offset <= own) reached++;
    if (reached < 0) return;
    const { askedMs } = this.samples[reached] as Sample;
    this.freshMs = Math.max(this.freshMs ?? askedMs, askedMs);
    this.samples.splice(0, reached + 1);
  }
}
