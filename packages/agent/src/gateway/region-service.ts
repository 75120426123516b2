/** What only the region's agent knows, and clients may ask the gateway for. */

export interface RegionWaitRequest {
  /** So many other regions are enough. */
  readonly regions: number;
  /** 0: for ever. */
  readonly timeoutMs: number;
}

export interface TokenWaitRequest {
  readonly token: string;
  /** 0: it is looked once. */
  readonly timeoutMs: number;
}

export interface TokenWaitAnswer {
  readonly holds: boolean;
  /** Of what it does not hold: an origin of which no more may ever come. */
  readonly lost?: string;
  /** The token is of another deployment. */
  readonly isForeign?: true;
}

export interface RegionService {
  /**
   * How many other regions hold all that was written here before the call: as soon as they are enough, or when the time is
   * over, or at the signal. Rejects where that cannot be known.
   */
  waitForRegions(request: RegionWaitRequest, signal: AbortSignal): Promise<number>;
  /**
   * Where the region stands, as a token: all that its server acknowledged before is in it; where partitions are hash slots, of
   * these slots. Rejects where that cannot be known.
   */
  token(slots?: readonly number[]): Promise<string>;
  /**
   * Whether the region holds what the token names: as soon as it does, or when the time is over, or at the signal. Rejects
   * where that cannot be known.
   */
  waitForToken(request: TokenWaitRequest, signal: AbortSignal): Promise<TokenWaitAnswer>;
  /** The section of INFO about Meridian, its heading first, each line with its end; at once. */
  infoSection(): string;
}

const NO_AGENT = "no agent belongs to this gateway";

/** A gateway without an agent: there are no other regions, and nothing to tell. */
export const noRegions: RegionService = {
  waitForRegions: ({ regions, timeoutMs }, signal) =>
    new Promise((resolve) => {
      if (regions <= 0 || signal.aborted) {
        resolve(0);
        return;
      }
      const timer = timeoutMs > 0 ? setTimeout(() => end(), timeoutMs) : undefined;
      const end = (): void => {
        clearTimeout(timer);
        resolve(0);
      };
      signal.addEventListener("abort", end, { once: true });
    }),
  token: () => Promise.reject(new Error(NO_AGENT)),
  waitForToken: () => Promise.reject(new Error(NO_AGENT)),
  infoSection: () => "",
};
