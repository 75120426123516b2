/** meridian.yaml: what may stand in it, and reading it. */
export { BANDWIDTH_WANTED, bandwidthText, parseBandwidth } from "./bandwidth.js";
export { type AgentConfig, configSchema } from "./schema.js";
export { environmentOverrides } from "./environment.js";
export { loadConfig, parseConfig } from "./load.js";
