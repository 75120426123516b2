/**
 * A session: whoever reads in it sees what was written in it, and nothing older than what was read in it, in whichever region
 * each of these happens. It knows what it has seen as a token, a short text that can be carried from one process to another.
 *
 * Invariants
 * 1. A read is begun only in a region that holds all that the token names.
 * 2. When an operation's promise resolves, the token names what it wrote or read.
 * 3. Where that cannot be kept within the time, the promise is rejected, and says so.
 */
import { decodeToken, encodeToken, holdsToken, joinTokens, type Token, WHOLE_SERVER } from "@meridian/core";
import { RegionError } from "../errors.js";
import type { RegionLimits } from "../limits.js";
import type { Operation } from "../regions/region.js";

/**
 * What is done where the region in use does not hold yet what the session has seen:
 * "wait" for it; "move" to the nearest one that does, after a short wait; or "tell" at once.
 */
export type Behind = "wait" | "move" | "tell";

export interface SessionOptions {
  /** "move" where nothing is said. */
  readonly behind?: Behind;
  readonly waitMsMax?: number;
  /** Whether what was read counts as seen: it costs a question after each read. True where nothing is said. */
  readonly monotonic?: boolean;
}

export interface SessionReadOptions {
  /** All in all. */
  readonly msMax?: number;
}

export interface SessionWriteOptions extends SessionReadOptions {
  /** The write is made in a region that holds what the session has seen, as a read is: so it comes after it everywhere. */
  readonly follows?: boolean;
}

/** What it needs of Regions. */
export interface SessionRegions {
  readonly limits: RegionLimits;
  order(): string[];
  inRegion<T>(region: string, operation: Operation<T>, options: { msMax: number }): Promise<T>;
  write<T>(operation: Operation<T>, options: { msMax: number }): Promise<T>;
  until(region: string, token: Token, msMax: number): Promise<boolean>;
  standing(region: string, msMax: number): Promise<Token>;
  none(): RegionError;
}

/** After these a read is tried in another region. */
const REPEATED: ReadonlySet<string> = new Set([
  "MERIDIAN_REGIONDOWN",
  "MERIDIAN_REGIONLOST",
  "MERIDIAN_REGIONTIMEOUT",
  "MERIDIAN_NOTOKEN",
]);

export class Session {
  private seen: Token = new Map();
  private readonly behind: Behind;
  private readonly waitMsMax: number;
  private readonly monotonic: boolean;

  /** Use `regions.session`. Throws MERIDIAN_BADTOKEN where the text is no token. */
  constructor(
    private readonly regions: SessionRegions,
    token: string | undefined,
    { behind = "move", waitMsMax, monotonic = true }: SessionOptions = {},
  ) {
    const decoded = token === undefined || token === "" ? this.seen : decodeToken(token);
    if (decoded === undefined) throw new RegionError("MERIDIAN_BADTOKEN");
    this.seen = decoded;
    this.behind = behind;
    this.waitMsMax = waitMsMax ?? regions.limits.sessionWaitMsMax;
    this.monotonic = monotonic;
  }

  /** What the session has seen by now; "": nothing. */
  get token(): string {
    return this.seen.size === 0 ? "" : encodeToken(this.seen);
  }

  /** The operation may be begun several times, as by Regions.read. */
  async read<T>(operation: Operation<T>, { msMax }: SessionReadOptions = {}): Promise<T> {
    const untilMs = performance.now() + (msMax ?? this.regions.limits.operationMsMax);
    const tried = new Set<string>();
    for (;;) {
      const region = await this.placeFor(tried, untilMs);
      tried.add(region);
      try {
        return await this.run(region, operation, tried, untilMs);
      } catch (error) {
        if (!(error instanceof RegionError) || !REPEATED.has(error.code)) throw error;
        if (performance.now() >= untilMs || this.left(tried).length === 0) throw error;
      }
    }
  }

  /** As Regions.write; its token is known when it resolves. */
  async write<T>(operation: Operation<T>, { msMax, follows = false }: SessionWriteOptions = {}): Promise<T> {
    const untilMs = performance.now() + (msMax ?? this.regions.limits.operationMsMax);
    let wrote = "";
    const noting: Operation<T> = (redis, region) => {
      wrote = region;
      return operation(redis, region);
    };
    const result = follows
      ? await this.regions.inRegion(await this.placeFor(new Set(), untilMs), noting, { msMax: leftOf(untilMs) })
      : await this.regions.write(noting, { msMax: leftOf(untilMs) });
    await this.note(wrote, untilMs);
    return result;
  }

  private async run<T>(region: string, operation: Operation<T>, tried: Set<string>, untilMs: number): Promise<T> {
    const { tryMsMax } = this.regions.limits;
    const msMax = this.left(tried).length === 0 ? leftOf(untilMs) : Math.min(leftOf(untilMs), tryMsMax);
    const result = await this.regions.inRegion(region, operation, { msMax });
    if (this.monotonic) await this.note(region, untilMs);
    return result;
  }

  private left(tried: ReadonlySet<string>): string[] {
    return this.regions.order().filter((name) => !tried.has(name));
  }

  /** A region that holds what the session has seen. */
  private async placeFor(tried: ReadonlySet<string>, untilMs: number): Promise<string> {
    const limitMs = Math.min(untilMs, performance.now() + this.waitMsMax);
    for (;;) {
      const [here, ...others] = this.left(tried);
      if (here === undefined) throw this.regions.none();
      if (this.seen.size === 0) return here;
      if (isOfSlots(this.seen)) throw new RegionError("MERIDIAN_SLOTTOKEN", { region: here });
      const place = await this.lookFor(here, others, limitMs);
      if (place !== undefined) return place;
      // The region that was waited for may have been given up in the meantime.
      if (leftOf(limitMs) <= 0 || this.behind === "tell" || this.left(tried)[0] === here) {
        throw new RegionError("MERIDIAN_SESSIONBEHIND", { region: here, ms: this.waitMsMax });
      }
    }
  }

  private async lookFor(here: string, others: readonly string[], limitMs: number): Promise<string | undefined> {
    const { regions, seen } = this;
    if (this.behind === "tell") return (await this.holds(here, limitMs)) ? here : undefined;
    if (this.behind === "wait") return (await regions.until(here, seen, leftOf(limitMs))) ? here : undefined;
    const firstMs = Math.min(leftOf(limitMs), regions.limits.sessionMoveAfterMs);
    if (await regions.until(here, seen, firstMs)) return here;
    const held = await Promise.all(others.map((name) => this.holds(name, limitMs)));
    const nearest = others[held.indexOf(true)];
    if (nearest !== undefined) return nearest;
    return (await regions.until(here, seen, leftOf(limitMs))) ? here : undefined;
  }

  private async holds(region: string, limitMs: number): Promise<boolean> {
    const msMax = Math.min(leftOf(limitMs), this.regions.limits.probeMsMax);
    try {
      return holdsToken(await this.regions.standing(region, msMax), this.seen);
    } catch {
      return false; // nobody is sent there
    }
  }

  /** What was done there is in where it stands now. */
  private async note(region: string, untilMs: number): Promise<void> {
    let standing: Token;
    try {
      standing = await this.regions.standing(region, leftOf(untilMs));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new RegionError("MERIDIAN_NOTOKEN", { region, reason });
    }
    // Where it holds all of it the old token is not needed: so what is folded away in it goes.
    this.seen = holdsToken(standing, this.seen) ? standing : joinTokens(this.seen, standing);
  }
}

/** Of one connection, which asks for itself. */
export function isOfSlots(token: Token): boolean {
  return token.size > 0 && !token.has(WHOLE_SERVER);
}

function leftOf(untilMs: number): number {
  return Math.max(0, untilMs - performance.now());
}
