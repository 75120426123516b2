/** An ioredis whose writes are function calls, made directly to the region's server; and all regions as one. */
export { ConflictFeed, type ConflictFeedEvents, watchConflicts } from "./conflicts/conflict-feed.js";
export {
  ConflictResolver,
  type ConflictResolverEvents,
  resolveConflicts,
  type Settled,
} from "./conflicts/conflict-resolver.js";
export {
  type ConflictEvent,
  type ConflictPlace,
  type ConflictsEvent,
  type ConflictSide,
  type MissedEvent,
  type ResolvedEvent,
} from "./conflicts/events.js";
export { mergeJsonFields, mergeLines } from "./conflicts/merges.js";
export { type Resolver, type ResolverInput, type WrittenValue } from "./conflicts/resolver.js";
export { Cluster, type ClusterOptions } from "./cluster.js";
export { ClientError, type ClientErrorCode, clientErrorTexts, RegionError } from "./errors.js";
export {
  limits as clientLimits,
  type ConflictLimits,
  conflictLimits,
  type PatternLimits,
  patternLimits,
  type RegionLimits,
  regionLimits,
} from "./limits.js";
export { type ClientOptions, type Partitions } from "./partition.js";
export { Redis } from "./redis.js";
export { type BreakerState } from "./regions/breaker.js";
export { type Operation } from "./regions/region.js";
export {
  connect,
  type Move,
  type OperationOptions,
  type RegionChange,
  type RegionEvents,
  Regions,
  type RegionStatus,
} from "./regions/regions.js";
export { HttpSessions, type HttpSessionsOptions, httpSessions } from "./sessions/http-sessions.js";
export {
  type Behind,
  Session,
  type SessionOptions,
  type SessionReadOptions,
  type SessionWriteOptions,
} from "./sessions/session.js";
export { type ConnectOptions, type RegionAddress } from "./regions/settings.js";
export * from "./patterns/index.js";
