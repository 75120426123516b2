/** The patterns by name: each a class of its own, over any ioredis for each region. */
export type { Found } from "./ask.js";
export {
  AuthoritativeRegion,
  type AuthoritativeRegionOptions,
  type StaleOptions,
  type StaleRead,
} from "./authoritative-region.js";
export { type BoundedCount, BoundedCounters, type BoundedCountersOptions, type Taken } from "./bounded-counters.js";
export { OwnedKeys, type OwnedKeysOptions } from "./owned-keys.js";
export { Quotas, type QuotasOptions, type QuotaVerdict } from "./quotas.js";
export { type RateLimitsOptions, RateLimits, type RateVerdict } from "./rate-limits.js";
export { type RegionClient, regionClients } from "./region-client.js";
export { RegionalPrimary, type RegionalPrimaryOptions } from "./regional-primary.js";
export { ownerOf, rankedRegions } from "./rendezvous.js";
export { type KeyedCommand, StickyHomes, type StickyHomesOptions, type WrittenAtHome } from "./sticky-homes.js";
export type { ScoredMember } from "./timestamped-merge.js";
export {
  type Selected,
  type SelectOptions,
  TimestampedSets,
  type TimestampedSetsOptions,
  type TimestampedWrite,
} from "./timestamped-sets.js";
export { type Claim, UniqueClaims, type UniqueClaimsOptions } from "./unique-claims.js";
export { type Tagged, type TaggedRead, WriteTags, type WriteTagsOptions } from "./write-tags.js";
