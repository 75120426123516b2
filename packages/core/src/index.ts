/** The CRDT core: what a command means when regions write at once. Pure; knows nothing but its host. */
export { arities, hasWrongArity } from "./callers/command-arity.js";
export {
  type AwaitedType,
  type CheckName,
  type CommandEntry,
  commandTable,
  type KeyPlaces,
} from "./callers/command-table.js";
export { DATABASES, NO_CLUSTER } from "./callers/refusals.js";
export { CONTROL_ROOT, CONTROL_SLOT, rootOfSlot, SLOTS, slotOfKey, slotOfRoot } from "./callers/slots.js";
export { SharedQuestion } from "./callers/shared-question.js";
export {
  decodeToken,
  encodeToken,
  holdsToken,
  joinTokens,
  missingOf,
  type Token,
  TOKEN_LENGTH_MAX,
  type TokenVector,
  WHOLE_SERVER,
} from "./callers/token.js";
export { type KeyAsker, type KeyListener, type WaitingClient, WaitingClients } from "./callers/waiting-clients.js";
export { stampOfId, streamIdOf } from "./clock/stream-id.js";
export { EPOCH_MS } from "./clock/stamp.js";
export { freeing, runsOthers } from "./commands/freeing.js";
export { differsInRespThree } from "./commands/resp-three.js";
export { commands } from "./commands/table.js";
export { errors } from "./errors.js";
export { decodeFrames, encodeFrames, type FramedEntry } from "./log/frame-text.js";
export { packText, unpackText } from "./log/packed-text.js";
export { RunBuilder, type RunOptions } from "./runs/run-builder.js";
export type { Host, Packed, Reply } from "./host.js";
export { isSketch, looksLikeSketch } from "./types/sketch-bytes.js";
export { run } from "./run.js";
export { BUCKETS, SLOT_BUCKETS } from "./state/bucket-names.js";
export { CONFLICTS_CHANNEL } from "./state/conflict-notices.js";
export { conflictCountsKey, conflictKeysKey } from "./state/names.js";
export { FORMAT_VERSION } from "./state/partition.js";
