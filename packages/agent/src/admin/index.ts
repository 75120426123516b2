/** The admin API: HTTP server, its documents, joining those of several agents. */
export * from "./documents.js";
export { absent, inspectKey } from "./inspect.js";
export { mergeStatus } from "./merge-status.js";
export { agentStatus } from "./region-status.js";
export { type Admin, type AdminOptions, type AdminSource, startAdmin } from "./server.js";
