/**
 * Unique claims: of all who want a name (a user name, a seat, an address) in any region, one gets it. The name's owner, found
 * by rendezvous hashing, decides at once; claims from elsewhere are sent there. Meridian brings copies of the answers.
 *
 * Costs: a claim takes a round trip to the owner of the name. To look who holds one is near, and may be old.
 * Loses: while the owner is away its names can't be claimed: the claim is rejected, never guessed. A server that loses its unsynced
 * tail forgets the claims in it until its peers have given them back, and could give such a name again in between:
 * where that matters, the owner's server runs with `appendfsync always`.
 */
import type { PatternLimits } from "../limits.js";
import type { OperationOptions } from "../regions/regions.js";
import { OwnedKeys } from "./owned-keys.js";
import type { RegionClient } from "./region-client.js";
import { ServerScript } from "./server-script.js";

export interface UniqueClaimsOptions {
  /** All processes give the same names, in any order. When the list changes, nobody may claim until the copies are level. */
  readonly regions: readonly RegionClient[];
  readonly local: string;
  /** Of the keys that hold claims; default `claim:`. The claim of `ann` is the string `claim:ann`: who holds it. */
  readonly keyPrefix?: string;
  readonly limits?: Partial<PatternLimits>;
}

export interface Claim {
  readonly won: boolean;
  /** Who has the name now. */
  readonly holder: string;
}

/** A script and not SET NX, so that who claims again hears that they have it: after a lost reply nothing is in doubt. */
const CLAIM = new ServerScript(
  "meridianClaim",
  `local holder = redis.call('GET', KEYS[1])
if holder then return holder end
redis.call('SET', KEYS[1], ARGV[1])
return ARGV[1]`,
);

const RELEASE = new ServerScript(
  "meridianReleaseClaim",
  `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`,
);

export class UniqueClaims {
  private readonly keys: OwnedKeys;
  private readonly keyPrefix: string;

  constructor({ keyPrefix = "claim:", ...options }: UniqueClaimsOptions) {
    this.keys = new OwnedKeys(options);
    this.keyPrefix = keyPrefix;
  }

  /** Rejected with MERIDIAN_REGIONLOST or MERIDIAN_REGIONTIMEOUT it may have been won: claim again, which tells. */
  async claim(name: string, claimant: string, options: OperationOptions = {}): Promise<Claim> {
    const key = this.keyPrefix + name;
    const { value } = await this.keys.write(key, (redis) => CLAIM.run(redis, [key], [claimant]), options);
    const holder = String(value);
    return { won: holder === claimant, holder };
  }

  /** True where the claimant had it, and has it no more. */
  async release(name: string, claimant: string, options: OperationOptions = {}): Promise<boolean> {
    const key = this.keyPrefix + name;
    const { value } = await this.keys.write(key, (redis) => RELEASE.run(redis, [key], [claimant]), options);
    return value === 1;
  }

  /** As the nearest copy shows it. For display: only a claim decides. */
  async holder(name: string, options: OperationOptions = {}): Promise<string | undefined> {
    const key = this.keyPrefix + name;
    const { value } = await this.keys.read(key, (redis) => redis.get(key), options);
    return value ?? undefined;
  }

  /** The region that decides about the name. */
  ownerOf(name: string): string {
    return this.keys.ownerOf(this.keyPrefix + name);
  }
}
