/** An in-memory model of the Redis that the core runs in. */
export { CommandError } from "./errors.js";
export { denseOf, isHyperLogLog, placeOfElement, registersOf } from "./hyperloglog.js";
export { ModelHost } from "./model-host.js";
export { ModelKeyspace, type KeyspaceOptions, type Snapshot } from "./model-keyspace.js";
export { pack, unpack } from "./msgpack.js";
export { decimalText, parseDecimal, parseInt64 } from "./numbers.js";
export type { StreamId } from "./stream-id.js";
export type { Slot, Value } from "./value.js";
export { families, type CommandProfile, type Family } from "./command-profile.js";
export { Draw } from "./draw.js";
export { randomCommand, randomRead } from "./random-command.js";
