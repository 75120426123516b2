/** Writes to the log which nodes have a region's hash slots, when that changes: who came, who went, who is silent and who answers again. */
import type { SlotNode, Slots } from "@meridian/engine";
import type { Logger } from "./logger.js";

const EVENTS = ["topology", "up", "down"] as const;

/** The answer ends it. */
export function watchNodes(slots: Slots, log: Logger): () => void {
  let known = statesOf(slots.nodes);
  const look = (): void => {
    const now = statesOf(slots.nodes);
    for (const [node, { isUp, count }] of now) {
      const before = known.get(node);
      const has = `it has ${count} of the hash slots`;
      if (before === undefined) log.info(`the node at ${node} has come; ${has}`, { event: "nodes" });
      else if (before.isUp && !isUp) log.warn(`the node at ${node} does not answer; ${has}`, { event: "nodes" });
      else if (!before.isUp && isUp) log.info(`the node at ${node} answers again; ${has}`, { event: "nodes" });
    }
    for (const node of known.keys()) {
      if (!now.has(node)) log.info(`the node at ${node} has no hash slots any more`, { event: "nodes" });
    }
    known = now;
  };
  for (const event of EVENTS) slots.on(event, look);
  return () => {
    for (const event of EVENTS) slots.off(event, look);
  };
}

interface NodeState {
  readonly isUp: boolean;
  readonly count: number;
}

function statesOf(nodes: readonly SlotNode[]): Map<string, NodeState> {
  return new Map(
    nodes.map(({ address: { host, port }, isUp, slots }) => [`${host}:${port}`, { isUp, count: slots.length }]),
  );
}
