/** How the state of a link is shown: its kind and its word. Pure. */
import type { LinkView } from "@meridian/agent/api";
import type { StateKind } from "../parts/parts.js";

export function kindOf(state: LinkView["state"]): StateKind {
  if (state === "up") return "good";
  if (state === "connecting") return "warn";
  return state === "unknown" ? "unknown" : "bad";
}
