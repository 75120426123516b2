/** The local start: all regions on one machine, with an emulated WAN between them. */
export { LinkProxy } from "./link-proxy.js";
export { LocalStart, type LocalStartOptions } from "./local-start.js";
export { type StartOptions, type StartPlan, planStart } from "./options.js";
export { READY_LINE, type RunStartOptions, runStart } from "./run-start.js";
