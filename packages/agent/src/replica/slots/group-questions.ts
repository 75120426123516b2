/**
 * Agents of a region that share its slots ask each other, by the memory of the servers that have the groups' places, what other regions
 * hold: `agents ask` and `agents hold` of the library. A question has a number; its answer names each region that holds all that was
 * written in the group before it was asked, in memory and on disk.
 *
 * 1. A number that a region is named with stands for those below it, too.
 * 2. Who asks repeats the question while it waits, for a server may have forgotten it. Who is asked keeps its answers until the group is
 *    another agent's.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Slots } from "@meridian/engine";
import { ALL_GROUPS, firstSlotOf, groupsIn, groupOf, hasGroup, without, type GroupSet } from "../../link/index.js";
import { agentsLimits } from "../agents/limits.js";
import { slotLimits } from "./limits.js";
import type { Lacking, OthersHeld, SlotWaits } from "./slot-waits.js";

/** By region the number of the latest question that the answer is yes to. */
type Numbers = Record<string, number>;

interface Answer {
  readonly held: Numbers;
  readonly durable: Numbers;
}

/** By the agent that has asked. */
type Answers = Record<string, Answer>;

interface Open {
  readonly number: number;
  held: Lacking | undefined;
  durable: Lacking | undefined;
}

export interface GroupQuestionsOptions {
  readonly slots: Slots;
  readonly id: string;
  readonly waits: () => SlotWaits;
  readonly held: () => GroupSet;
  readonly peers: () => readonly string[];
}

export class GroupQuestions {
  private number = 0;
  private waiting = 0;
  private isPulling = false;
  private askedAtMs = Number.NEGATIVE_INFINITY;
  /** Of each group of others what was answered last. */
  private readonly answers = new Map<number, Answers>();
  /** What others have asked here: by group, and by who asked. */
  private readonly open = new Map<number, Map<string, Open[]>>();
  private readonly given = new Map<number, Answers>();
  private readonly ending = new AbortController();
  private telling: NodeJS.Timeout | undefined;

  constructor(private readonly options: GroupQuestionsOptions) {}

  stop(): void {
    this.ending.abort();
    clearTimeout(this.telling);
  }

  /** Of all groups that are not this agent's. */
  ask(kind: keyof Answer = "held"): OthersHeld {
    const others = without(ALL_GROUPS, this.options.held());
    if (others === 0) return { isHeldBy: () => true, end: () => undefined };
    const number = ++this.number;
    this.askedAtMs = Number.NEGATIVE_INFINITY;
    this.waiting++;
    void this.pull();
    const { id } = this.options;
    return {
      isHeldBy: (region) =>
        groupsIn(others).every((group) => (this.answers.get(group)?.[id]?.[kind][region] ?? 0) >= number),
      end: () => void this.waiting--,
    };
  }

  /** Somebody has asked something of one of these groups. */
  async look(groups: GroupSet): Promise<void> {
    await Promise.all(groupsIn(groups & this.options.held()).map((group) => this.readAsked(group)));
  }

  /** Other agents have these now. */
  forget(groups: GroupSet): void {
    for (const group of groupsIn(groups)) {
      this.open.delete(group);
      this.given.delete(group);
    }
  }

  /** A region may hold more than before. */
  progressed(): void {
    if (this.open.size > 0) this.telling ??= setTimeout(() => this.tell(), agentsLimits.heldEveryMs);
  }

  private call(group: number, ...args: string[]): Promise<unknown> {
    return this.options.slots.call(firstSlotOf(group), "agents", ...args);
  }

  private async pull(): Promise<void> {
    if (this.isPulling) return;
    this.isPulling = true;
    while (this.waiting > 0 && !this.ending.signal.aborted) {
      const groups = groupsIn(without(ALL_GROUPS, this.options.held()));
      const nowMs = performance.now();
      const asks = nowMs - this.askedAtMs >= slotLimits.askAgainMs;
      if (asks) this.askedAtMs = nowMs;
      await Promise.all(groups.map((group) => this.askOne(group, asks)));
      this.options.waits().progressed();
      await delay(agentsLimits.heldEveryMs);
    }
    this.isPulling = false;
  }

  private async askOne(group: number, asks: boolean): Promise<void> {
    try {
      if (asks) await this.call(group, "ask", this.options.id, String(this.number));
      const text = String(await this.call(group, "held"));
      this.answers.set(group, text === "" ? {} : (JSON.parse(text) as Answers));
    } catch {
      // a lost node reports itself; asked again
    }
  }

  private async readAsked(group: number): Promise<void> {
    let asks: unknown;
    try {
      asks = await this.call(group, "asks");
    } catch {
      return; // whoever asks repeats it
    }
    const flat = Array.isArray(asks) ? asks : [];
    this.forgetAllBut(group, new Set(flat.map(String)));
    for (let at = 0; at + 1 < flat.length; at += 2) this.begin(group, String(flat[at]), Number(flat[at + 1]));
    this.progressed(); // the server may have forgotten what was answered
  }

  /** The server forgets who has been silent for long. */
  private forgetAllBut(group: number, ids: ReadonlySet<string>): void {
    const given = this.given.get(group) ?? {};
    this.given.set(group, Object.fromEntries(Object.entries(given).filter(([id]) => ids.has(id))));
    const ofGroup = this.open.get(group);
    for (const id of ofGroup?.keys() ?? []) if (!ids.has(id)) ofGroup?.delete(id);
  }

  private begin(group: number, id: string, number: number): void {
    if (id === this.options.id || !hasGroup(this.options.held(), group)) return;
    const ofGroup = this.open.get(group) ?? new Map<string, Open[]>();
    this.open.set(group, ofGroup);
    const asked = ofGroup.get(id) ?? [];
    ofGroup.set(id, asked);
    if (number <= Math.max(this.answeredTo(group, id), asked.at(-1)?.number ?? 0)) return;
    const question: Open = { number, held: undefined, durable: undefined };
    asked.push(question);
    if (asked.length > slotLimits.questionsMax) asked.splice(1, 1); // what is held of a later one is held of it
    void this.prepare(group, question);
  }

  /** What was asked up to there all regions hold, on disk. */
  private answeredTo(group: number, id: string): number {
    const durable = this.given.get(group)?.[id]?.durable ?? {};
    return Math.min(...this.options.peers().map((peer) => durable[peer] ?? 0));
  }

  private async prepare(group: number, question: Open): Promise<void> {
    const isOfGroup = (slot: number): boolean => groupOf(slot) === group;
    const { signal } = this.ending;
    try {
      const [held, durable] = await Promise.all(
        [false, true].map((isDurable) => this.options.waits().lacking(isOfGroup, isDurable, signal)),
      );
      question.held = held;
      question.durable = durable;
      this.progressed();
    } catch {
      // a node does not say where a log ends: a question that comes later is answered
    }
  }

  private tell(): void {
    this.telling = undefined;
    for (const [group, ofGroup] of this.open) {
      const answers = this.given.get(group) ?? {};
      this.given.set(group, answers);
      for (const [id, asked] of ofGroup) {
        const answer = (answers[id] ??= { held: {}, durable: {} });
        for (const question of asked) this.answer(answer, question);
        const done = this.answeredTo(group, id);
        ofGroup.set(
          id,
          asked.filter(({ number }) => number > done),
        );
      }
      void this.call(group, "hold", this.options.id, JSON.stringify(answers)).catch(() => undefined);
    }
  }

  private answer(answer: Answer, { number, held, durable }: Open): void {
    for (const peer of this.options.peers()) {
      if (held?.isHeldBy(peer) === true) answer.held[peer] = Math.max(number, answer.held[peer] ?? 0);
      if (durable?.isHeldBy(peer) === true) answer.durable[peer] = Math.max(number, answer.durable[peer] ?? 0);
    }
  }
}
