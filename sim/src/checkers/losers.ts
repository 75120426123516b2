/** Property: registers that lost to a concurrent one are kept, and `inspect` names them, until a write has seen them. */
import { Failure, text } from "../failure.js";
import { alivePieces } from "../oracle/index.js";
import type { World } from "../world.js";
import { keysOf } from "./agreement.js";

export function checkLosers(world: World): void {
  const [region] = world.regions;
  if (!region) return;
  const entries = world.history.covered(region.vector());
  for (const key of keysOf(entries.flatMap(({ operations }) => operations))) {
    const registers = alivePieces(entries, key).filter(({ piece }) => piece.kind === "register" && piece.type === "s");
    if (registers.length < 2) continue;
    const reply = region.call("inspect", key);
    const inspected = typeof reply === "string" ? reply : text(reply);
    for (const { event } of registers) {
      if (inspected.includes(event.entry.origin) && inspected.includes(String(event.entry.stamp))) continue;
      throw new Failure(
        "losers",
        `inspect ${key} does not name the register ${event.entry.origin} ${event.entry.stamp} (${text(event.operation)}): ${inspected}`,
      );
    }
  }
}
