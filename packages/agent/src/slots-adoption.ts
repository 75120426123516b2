/**
 * What to do with keys that were in a region of hash slots before it was one: as adoption.ts, slot by slot. A slot can't walk its own keys, so the
 * agent walks the nodes, and says to each slot which keys it has.
 *
 * 1. The control partition adopts as long as any does: it begins first and ends last. So one question tells whether there is anything to
 *    go on with.
 * 2. All slots with keys have begun before the gateway opens. A slot that was written to through the function has a past, and adopts nothing.
 * 3. Slots end after a walk over all nodes in which each call succeeded, no node was lost, and no slot moved: such a walk has seen all keys
 *    that are there from its begin on.
 */
import { setTimeout as delay } from "node:timers/promises";
import { CONTROL_SLOT, slotOfKey } from "@meridian/core";
import type { Engine, SlotNode, Slots } from "@meridian/engine";
import { Adoption, type AdoptionStatus, type Adopting, type Step, stepOf, tellAdopted } from "./adoption.js";
import { AgentError, textOf } from "./errors.js";
import { agentLimits } from "./limits.js";
import type { Logger } from "./logger.js";
import { FIRST_CURSOR, pageOfKeys } from "./partitions/node-keys.js";

export function adoptionOf(engine: Engine, log: Logger, isWanted: boolean): Adopting {
  const { slots } = engine;
  return slots === undefined
    ? new Adoption(engine, log, isWanted)
    : new SlotsAdoption(engine.region, slots, log, isWanted);
}

type KeysBySlot = ReadonlyMap<number, readonly Buffer[]>;

class SlotsAdoption implements Adopting {
  private readonly ending = new AbortController();
  /** Those that have not ended, as far as this agent knows. */
  private readonly running = new Set<number>();
  private readonly steps = new Map<number, Step>();
  /** A node was lost, or slots moved, since the walk began. */
  private isDisturbed = false;

  constructor(
    private readonly region: string,
    private readonly slots: Slots,
    private readonly log: Logger,
    private readonly isWanted: boolean,
  ) {}

  get status(): AdoptionStatus | null {
    return this.running.size === 0 ? null : { keys: this.sum().keys };
  }

  async begin(): Promise<void> {
    let [status] = (await this.slots.call(CONTROL_SLOT, "adoption", "state")) as [string];
    if (status === "none") {
      const server = await this.plainNode();
      if (server === undefined) return;
      if (!this.isWanted) throw new AgentError("MERIDIAN_PLAINDATA", { region: this.region, server });
      [status] = (await this.slots.call(CONTROL_SLOT, "adoption", "begin")) as [string];
    }
    if (status !== "running") return;
    this.running.add(CONTROL_SLOT);
    const asked = new Set([CONTROL_SLOT]);
    await this.undisturbed(() =>
      this.walk(async (bySlot) => {
        const found = [...bySlot.keys()].filter((slot) => !asked.has(slot));
        await Promise.all(found.map((slot) => this.beginIn(slot)));
        for (const slot of found) asked.add(slot);
      }),
    );
  }

  async run(): Promise<void> {
    if (this.running.size === 0) return;
    const startedMs = performance.now();
    this.log.info("the keys of the server are being adopted; they can be read and written meanwhile", {
      event: "adoption-begun",
    });
    while (!this.ending.signal.aborted) {
      try {
        await this.undisturbed(async () => {
          await this.walk((bySlot) => this.adopt(bySlot));
          await this.endAll();
        });
        if (this.running.size > 0) continue;
        tellAdopted(this.log, this.sum(), performance.now() - startedMs);
        return;
      } catch (error) {
        if (this.ending.signal.aborted) return;
        this.log.warn(`keys could not be adopted, and are tried again: ${textOf(error)}`, { event: "adoption-failed" });
        await this.pause(agentLimits.adoptionRetryMs);
      }
    }
  }

  stop(): void {
    this.ending.abort();
  }

  private async beginIn(slot: number): Promise<void> {
    const [status] = (await this.slots.call(slot, "adoption", "begin")) as [string];
    if (status === "running") this.running.add(slot);
  }

  /** `work` once, and again as long as a node was lost or slots moved meanwhile. */
  private async undisturbed(work: () => Promise<void>): Promise<void> {
    const disturb = (): void => void (this.isDisturbed = true);
    this.slots.on("down", disturb).on("topology", disturb);
    try {
      do {
        this.isDisturbed = false;
        await work();
      } while (this.isDisturbed && !this.ending.signal.aborted);
    } finally {
      this.slots.off("down", disturb).off("topology", disturb);
    }
  }

  /** All users' keys, page by page; nodes at the same time. */
  private async walk(take: (bySlot: KeysBySlot) => Promise<void>): Promise<void> {
    await Promise.all(
      this.slots.nodes.map(async (node) => {
        let cursor = FIRST_CURSOR;
        do {
          const { next, keys } = await pageOfKeys(node, cursor, agentLimits.adoptedKeysPage);
          await take(bySlotOf(keys));
          cursor = next;
        } while (cursor !== FIRST_CURSOR && !this.ending.signal.aborted);
      }),
    );
  }

  private async adopt(bySlot: KeysBySlot): Promise<void> {
    const startedMs = performance.now();
    const ours = [...bySlot].filter(([slot]) => this.running.has(slot));
    await Promise.all(ours.map(([slot, keys]) => this.step(slot, keys)));
    if (ours.length > 0) await this.pause(performance.now() - startedMs);
  }

  private async step(slot: number, keys: readonly Buffer[]): Promise<Step> {
    const step = stepOf(await this.slots.call(slot, "adoption", "step", ...keys));
    this.steps.set(slot, step);
    return step;
  }

  private async endAll(): Promise<void> {
    const slots = [...this.running].filter((slot) => slot !== CONTROL_SLOT);
    const { adoptionSlotsAtOnce: atOnce } = agentLimits;
    for (let from = 0; from < slots.length && this.goesOn; from += atOnce)
      await Promise.all(slots.slice(from, from + atOnce).map((slot) => this.end(slot)));
    if (this.running.size === 1 && this.goesOn) await this.end(CONTROL_SLOT);
  }

  /** What is large is kept page by page until nothing is left. */
  private async end(slot: number): Promise<void> {
    while (this.goesOn) {
      const startedMs = performance.now();
      const { status } = await this.step(slot, []);
      if (status !== "running") break;
      await this.pause(performance.now() - startedMs);
    }
    if (!this.goesOn) return;
    const [status] = (await this.slots.call(slot, "adoption", "end")) as [string];
    if (status !== "running") this.running.delete(slot);
  }

  private get goesOn(): boolean {
    return !this.isDisturbed && !this.ending.signal.aborted;
  }

  private sum(): Omit<Step, "status"> {
    const sum = { keys: 0, foreign: 0, example: "" };
    for (const { keys, foreign, example } of this.steps.values()) {
      sum.keys += keys;
      sum.foreign += foreign;
      if (example !== "") sum.example = example;
    }
    return sum;
  }

  private async pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.ending.signal }).catch(() => undefined);
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

function bySlotOf(keys: readonly Buffer[]): KeysBySlot {
  const found = new Map<number, Buffer[]>();
  for (const key of keys) {
    const slot = slotOfKey(key);
    const others = found.get(slot);
    if (others === undefined) found.set(slot, [key]);
    else others.push(key);
  }
  return found;
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
