/** The links between regions: seeded delay, loss, duplication, reordering and cuts. Messages are batches of entries. */
import type { Draw } from "@meridian/testkit";
import { limits } from "./limits.js";
import type { LogEntry } from "./region.js";
import type { Swarm } from "./swarm.js";

export interface Message {
  atMs: number;
  from: number;
  to: number;
  origin: string;
  entries: LogEntry[];
}

export class Network {
  private messages: Message[] = [];
  private readonly cuts = new Set<string>();
  private readonly oneWayCuts = new Set<string>();
  private readonly draw: Draw;
  private readonly swarm: Swarm;

  constructor(draw: Draw, swarm: Swarm) {
    this.draw = draw;
    this.swarm = swarm;
  }

  isCut(from: number, to: number): boolean {
    return this.cuts.has(pair(from, to)) || this.oneWayCuts.has(`${from}>${to}`);
  }

  /** Cuts the link, or mends it. */
  toggle(a: number, b: number): void {
    if (!this.cuts.delete(pair(a, b))) this.cuts.add(pair(a, b));
  }

  /** Nothing of `from` reaches `to` any more, or again. */
  toggleOneWay(from: number, to: number): void {
    if (!this.oneWayCuts.delete(`${from}>${to}`)) this.oneWayCuts.add(`${from}>${to}`);
  }

  mendAll(): void {
    this.cuts.clear();
    this.oneWayCuts.clear();
    this.messages = [];
  }

  send(message: Omit<Message, "atMs">, nowMs: number): void {
    const copies = this.draw.chance(this.swarm.duplicateRate) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (this.draw.chance(this.swarm.lossRate) || this.messages.length >= limits.messagesMax) continue;
      this.messages.push({ ...message, atMs: nowMs + this.draw.below(this.swarm.delayMs + 1) });
    }
  }

  /** Whether something of an origin is under way. */
  carries(isOf: (origin: string) => boolean): boolean {
    return this.messages.some(({ origin }) => isOf(origin));
  }

  /** What has arrived by now, in random order; what crosses a cut link is lost, what comes to a region that stands still waits. */
  arrived(nowMs: number, isStopped: (region: number) => boolean): Message[] {
    const isDue = ({ atMs, to }: Message): boolean => atMs <= nowMs && !isStopped(to);
    const due = this.messages.filter(isDue);
    this.messages = this.messages.filter((message) => !isDue(message));
    return due.filter(({ from, to }) => !this.isCut(from, to)).sort(() => this.draw.random() - 0.5);
  }

  /** An agent died: what it was about to send or hand over is gone. */
  dropOf(region: number): void {
    this.messages = this.messages.filter(({ from, to }) => from !== region && to !== region);
  }
}

function pair(a: number, b: number): string {
  return `${Math.min(a, b)}-${Math.max(a, b)}`;
}
