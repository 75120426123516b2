/** One region's agent, and the parts it is made of. The local start is `@meridian/agent/local`. */
export { type Agent, type AgentSettings, startAgent } from "./agent.js";
export * from "./api.js";
export { type AgentConfig, loadConfig, parseConfig } from "./config/index.js";
export * from "./gateway/index.js";
export { type Logger, createLogger } from "./logger.js";
export * from "./replica/index.js";
