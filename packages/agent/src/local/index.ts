/** The local start: all regions on one machine, with an emulated WAN between them. */
export { LocalStart, type LocalStartOptions } from "./local-start.js";
export { BASE_PORT_DEFAULT, type StartOptions, type StartPlan, parseBasePort, planStart } from "./options.js";
export { READY_LINE, type RunStartOptions, runStart } from "./run-start.js";
export { compact, delayText, lagText, linkLines } from "./summary.js";
export { type Style, padded, styleFor, table } from "./text-table.js";
