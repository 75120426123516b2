/**
 * Tokens: where this region stands, and who waits until it stands where a token says. While somebody waits the server is asked
 * again and again, once for all who wait, and at once when something was applied here.
 *
 * A token may name what never comes: the last writes before a restart that no other region had got, or those of a region that
 * there is no more. Peers may still have them, so that is waited for as all else, and said when the time is over.
 */
import { encodeToken, missingOf, SharedQuestion, type Token, WHOLE_SERVER } from "@meridian/core";
import type { Engine } from "@meridian/engine";
import { regionOfOrigin, type Vector } from "../vector.js";
import { adapterLimits } from "./limits.js";
import { readState } from "./server-calls.js";

export interface TokenWait {
  readonly token: Token;
  /** 0: it is looked once. */
  readonly timeoutMs: number;
}

export interface TokenWaited {
  readonly holds: boolean;
  /** Of what it does not hold: an origin of which no more may ever come. */
  readonly lost?: string;
  /** It is about other partitions than there are here: the token of another deployment. */
  readonly isForeign?: true;
}

interface Waiting {
  /** What it lacks, as far as is known. */
  lacking(): readonly number[];
  look(standing: Token): void;
}

export class TokenWaits {
  private readonly all = new Set<Waiting>();
  private readonly question: SharedQuestion<Vector>;
  private isReading = false;
  private wake: () => void = () => undefined;

  constructor(
    private readonly engine: Engine,
    private readonly members: () => readonly string[],
    private readonly readMsMax: number = adapterLimits.tokenReadMsMax,
  ) {
    this.question = new SharedQuestion(async () => (await readState(engine)).vector);
  }

  /** All that the server acknowledged before is in it; of a region of slots it tells about these, which must be named. */
  async read(slots?: readonly number[]): Promise<string> {
    if (this.engine.slots === undefined) return encodeToken(await this.standing([WHOLE_SERVER]));
    if (slots === undefined) throw new Error("which hash slots were written is not known");
    return encodeToken(await this.standing(slots));
  }

  /**
   * As soon as it is held, when the time is over, or at the signal; but it is looked once at least. Rejects where the server did
   * not say where it stands.
   */
  wait({ token, timeoutMs }: TokenWait, signal: AbortSignal): Promise<TokenWaited> {
    const isWhole = this.engine.slots === undefined;
    for (const partition of token.keys()) {
      if ((partition === WHOLE_SERVER) !== isWhole) return Promise.resolve({ holds: false, isForeign: true });
    }
    return new Promise((resolve, reject) => {
      let standing: Token | undefined;
      let isOver = timeoutMs === 0;
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        this.all.delete(waiting);
        if (standing !== undefined) resolve(this.resultOf(standing, token));
        else if (signal.aborted) resolve({ holds: false });
        else reject(new Error("the server did not say where it stands"));
      };
      const waiting: Waiting = {
        lacking: () => lackingOf(standing, token),
        look: (now) => {
          standing = new Map([...(standing ?? []), ...now]);
          if (isOver || missingOf(standing, token).length === 0) end();
        },
      };
      const timeOver = (): void => {
        const leftMs = isOver ? 0 : this.readMsMax - timeoutMs;
        isOver = true;
        if (standing !== undefined || leftMs <= 0) end();
        else timer = setTimeout(timeOver, leftMs);
      };
      let timer = setTimeout(timeOver, isOver ? this.readMsMax : timeoutMs);
      signal.addEventListener("abort", end, { once: true });
      this.all.add(waiting);
      if (this.isReading) this.wake();
      else void this.readOn();
    });
  }

  /** Something was applied here. */
  progressed(): void {
    this.wake();
  }

  private async readOn(): Promise<void> {
    this.isReading = true;
    while (this.all.size > 0) {
      const woken = new Promise<void>((resolve) => (this.wake = resolve));
      const asking = [...this.all];
      const partitions = [...new Set(asking.flatMap((waiting) => waiting.lacking()))];
      try {
        const standing = await this.standing(partitions);
        for (const waiting of asking) waiting.look(standing);
      } catch {
        // asked again, until the time of all who wait is over
        await later(adapterLimits.tokenReadEveryMs);
      }
      if (this.all.size === 0) break;
      const pause = later(adapterLimits.tokenReadEveryMs + partitions.length * adapterLimits.tokenReadSlotMs);
      await (partitions.length > adapterLimits.tokenWokenSlots ? pause : Promise.race([woken, pause]));
    }
    this.isReading = false;
  }

  private async standing(partitions: readonly number[]): Promise<Token> {
    if (this.engine.slots === undefined) return new Map([[WHOLE_SERVER, await this.question.ask()]]);
    const { slots } = this.engine;
    const vectors = await Promise.all(
      partitions.map(async (slot) => {
        const { vector } = await readState({ call: (command, ...args) => slots.call(slot, command, ...args) });
        return [slot, vector] as const;
      }),
    );
    return new Map(vectors);
  }

  private resultOf(standing: Token, token: Token): TokenWaited {
    const missing = missingOf(standing, token);
    const lost = missing.find((origin) => this.mayBeLost(origin, standing));
    return { holds: missing.length === 0, ...(lost !== undefined && { lost }) };
  }

  /** Nobody writes under its name any more. */
  private mayBeLost(origin: string, standing: Token): boolean {
    const region = regionOfOrigin(origin);
    if (!this.members().includes(region)) return true;
    for (const vector of standing.values()) {
      for (const other of vector.keys()) if (regionOfOrigin(other) === region && other > origin) return true;
    }
    return false;
  }
}

/** The partitions of the token of which not all is there. */
function lackingOf(standing: Token | undefined, token: Token): number[] {
  const partitions = [...token].filter(([partition, vector]) => {
    return standing === undefined || missingOf(standing, new Map([[partition, vector]])).length > 0;
  });
  return partitions.map(([partition]) => partition);
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
