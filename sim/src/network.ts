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
  private readonly draw: Draw;
  private readonly swarm: Swarm;

  constructor(draw: Draw, swarm: Swarm) {
    this.draw = draw;
    this.swarm = swarm;
  }

  isCut(a: number, b: number): boolean {
    return this.cuts.has(pair(a, b));
  }

  /** Cuts the link, or mends it. */
  toggle(a: number, b: number): void {
    if (!this.cuts.delete(pair(a, b))) this.cuts.add(pair(a, b));
  }

  mendAll(): void {
    this.cuts.clear();
    this.messages = [];
  }

  send(message: Omit<Message, "atMs">, nowMs: number): void {
    const copies = this.draw.chance(this.swarm.duplicateRate) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (this.draw.chance(this.swarm.lossRate) || this.messages.length >= limits.messagesMax) continue;
      this.messages.push({ ...message, atMs: nowMs + this.draw.below(this.swarm.delayMs + 1) });
    }
  }

  /** What has arrived by now, in random order; what crosses a cut link is lost. */
  arrived(nowMs: number): Message[] {
    const due = this.messages.filter(({ atMs }) => atMs <= nowMs);
    this.messages = this.messages.filter(({ atMs }) => atMs > nowMs);
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
