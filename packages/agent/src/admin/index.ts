/** The admin API: HTTP server, its documents, joining those of several agents. */
export { bandwidthOf, checkNames, isMeant, limitLinks } from "./bandwidth.js";
export { bytesOf } from "./bytes.js";
export type { UserLogin } from "./console/access.js";
export { answerRegion, pulseOf, withLooks } from "./console/answers.js";
export type * from "./console/documents.js";
export { Door, type DoorOptions, type DoorPlace, noGateway } from "./console/door.js";
export { PeerRegion } from "./console/peer-region.js";
export type { RegionAnswer, RegionQuestion } from "./console/questions.js";
export type { AskedRegion, ConsoleSource } from "./console/source.js";
export { gatherConflicts } from "./conflicts.js";
export * from "./documents.js";
export { absent, inspectKey } from "./inspect.js";
export type { ConflictPage } from "./conflict-keys.js";
export { ConflictTally } from "./conflict-tally.js";
export { conflictSource, type ConflictSource, type LosersAnswer, type LosersRoom } from "./losers.js";
export { joinStatus, mergeStatus } from "./merge-status.js";
export { agentStatus } from "./region-status.js";
export { type Admin, type AdminOptions, type AdminSource, startAdmin } from "./server.js";
