/** Comparing regions, and making them equal again: pure, over whatever way the regions are asked. */
export type * from "./documents.js";
export { verifyLimits } from "./limits.js";
export { repairKeys, type RepairOptions } from "./repair.js";
export type { VerifySource } from "./sources.js";
export { verifyRegions, type VerifyOptions } from "./verification.js";
