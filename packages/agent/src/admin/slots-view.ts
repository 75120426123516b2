/** Of a region whose partitions are hash slots: its nodes, what they have, and what of it does not work now. */
import { SLOTS } from "@meridian/core";
import type { Engine, SlotNode, Slots } from "@meridian/engine";
import type { ReplicationStatus } from "../services.js";
import type { SlotsView } from "./documents.js";

/** Null: all is one partition. */
export function slotsView({ slots }: Engine, { partitions }: ReplicationStatus): SlotsView | null {
  if (slots === undefined) return null;
  return {
    nodes: inOrder(slots).map(({ address: { host, port }, isUp, slots: own }) => {
      return { host, port, up: isUp, slots: own.length };
    }),
    count: SLOTS,
    up: slots.upCount,
    open: partitions?.open ?? null,
    importing: partitions?.importing ?? null,
  };
}

/** What does not work, and what follows from it; null: all slots work. */
export function problemOfSlots(slots: Slots): string | null {
  const missing = SLOTS - slots.upCount;
  if (missing === 0) return null;
  const down = inOrder(slots).filter(({ isUp }) => !isUp);
  const nodes = down.map(({ address: { host, port } }) => `${host}:${port}`).join(", ");
  const cause = down.length === 0 ? "" : ` (${nodes} ${down.length === 1 ? "does" : "do"} not answer)`;
  return `${missing} of ${SLOTS} hash slots take no commands${cause}; the others work`;
}

/** By the first slot that each has. */
function inOrder({ nodes }: Slots): SlotNode[] {
  return nodes.toSorted((one, other) => (one.slots[0] ?? SLOTS) - (other.slots[0] ?? SLOTS));
}
