/**
 * What to do with keys that were in a region of hash slots before it was one. A slot can't walk its own keys, so the agent walks the
 * nodes.
 */
import { slotOfKey } from "@meridian/core";
import type { Engine, SlotNode, Slots } from "@meridian/engine";
import { Adoption, type Adopting } from "./adoption.js";
import { AgentError } from "./errors.js";
import { agentLimits } from "./limits.js";
import type { Logger } from "./logger.js";
import { FIRST_CURSOR, pageOfKeys } from "./partitions/node-keys.js";

export function adoptionOf(engine: Engine, log: Logger, isWanted: boolean): Adopting {
  const { slots } = engine;
  return slots === undefined ? new Adoption(engine, log, isWanted) : new SlotsAdoption(engine, slots, isWanted);
}

class SlotsAdoption implements Adopting {
  readonly status = null;

  constructor(
    private readonly engine: Engine,
    private readonly slots: Slots,
    private readonly isWanted: boolean,
  ) {}

  async begin(): Promise<void> {
    const server = await this.plainNode();
    if (server === undefined) return;
    const { region } = this.engine;
    throw new AgentError(this.isWanted ? "MERIDIAN_NOADOPTING" : "MERIDIAN_PLAINDATA", { region, server });
  }

  run(): Promise<void> {
    return Promise.resolve();
  }

  stop(): void {
    // nothing runs
  }

  /** One with users' keys, in none of whose slots anything was ever written through the function or came from elsewhere. */
  private async plainNode(): Promise<string | undefined> {
    for (const node of this.slots.nodes) {
      const slots = new Set((await someKeys(node)).map((key) => slotOfKey(key)));
      if (slots.size === 0) continue;
      const pasts = await Promise.all([...slots].map((slot) => this.hasPast(slot)));
      if (pasts.some(Boolean)) return undefined;
      return `${node.address.host}:${node.address.port}`;
    }
    return undefined;
  }

  private async hasPast(slot: number): Promise<boolean> {
    const state = (await this.slots.call(slot, "state")) as [...unknown[], string[]];
    const vector = state[5] as string[];
    return vector.some((stamp, index) => index % 2 === 1 && Number(stamp) > 0);
  }
}

/** The first that a walk finds. */
async function someKeys(node: SlotNode): Promise<Buffer[]> {
  let cursor = FIRST_CURSOR;
  do {
    const page = await pageOfKeys(node, cursor, agentLimits.plainKeysPage);
    if (page.keys.length > 0) return page.keys;
    cursor = page.next;
  } while (cursor !== FIRST_CURSOR);
  return [];
}
