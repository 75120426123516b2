/**
 * What a program needs that talks to the admin API: its documents and how they are shown. Apart from the rest of the
 * package, so that a command that asks one question doesn't load the whole agent first (0.2 s of CPU instead of 0.6).
 */
export * from "./admin/console/documents.js";
export * from "./admin/documents.js";
export { tokenFileVariable } from "./config/environment.js";
export { AgentError, type AgentErrorCode, agentErrors, codeOf, textOf } from "./errors.js";
export { cut, LiveLines } from "./local/live-lines.js";
export { BASE_PORT_DEFAULT, parseBasePort } from "./local/options.js";
export { compact, delayText, lagText, linkLines } from "./local/summary.js";
export { type Style, padded, styleFor, table } from "./local/text-table.js";
export * from "./members/documents.js";
export type { FailoverDocument, FailoverLoss, FailoverRequest, LostWrites } from "./passive/documents.js";
export * from "./mode/documents.js";
export * from "./verify/index.js";
export { VERSION } from "./version.js";
