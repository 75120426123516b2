/** The wire between two agents: gRPC over HTTP/2, one stream for each direction of a pair of regions. */
export { LinkCertificates, type LinkTlsFiles } from "./certificates.js";
export type { ClockSkew } from "./clock-skew.js";
export { type ControlHandler, ControlLine, ControlListener } from "./control.js";
export { Dialer, type DialerHandlers, type DialerOptions } from "./dialer.js";
export { LinkError, type LinkErrorCode, linkErrors } from "./errors.js";
export {
  ALL_GROUPS,
  firstSlotOf,
  groupOf,
  GROUPS,
  groupsIn,
  hasGroup,
  NO_GROUPS,
  setOf,
  SLOTS_PER_GROUP,
  slotsIn,
  without,
  type GroupSet,
} from "./groups.js";
export { PROTOCOL_VERSION } from "./handshake.js";
export { linkLimits } from "./limits.js";
export { Listener, type ListenerHandlers, type MembersHandler } from "./listener.js";
export { callMembers } from "./members-call.js";
export { SLOTS_ROOT } from "./types.js";
export type {
  Acknowledgement,
  ExportedText,
  ExportWish,
  Identity,
  LinkBatch,
  LinkEntry,
  LinkGap,
  LinkOptions,
  LinkRewind,
  LinkTraffic,
  LinkVector,
  Position,
} from "./types.js";
