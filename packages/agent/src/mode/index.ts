/** From active-passive to active-active, and back. */
export { activeMode } from "./active-mode.js";
export type { Mode, ModeDocument, ModeRequest, ModeView } from "./documents.js";
export { leavePassive } from "./leaving-passive.js";
