/** One region's agent, and the local start that runs several of them. */
export * from "./admin/documents.js";
export { type Agent, type AgentSettings, startAgent } from "./agent.js";
export { type AgentConfig, loadConfig, parseConfig } from "./config/index.js";
export { AgentError, type AgentErrorCode, agentErrors, codeOf, textOf } from "./errors.js";
export * from "./local/index.js";
export { type Logger, createLogger } from "./logger.js";
export { runAgent } from "./main.js";
export { VERSION } from "./version.js";
export * from "./gateway/index.js";
export * from "./replica/index.js";
