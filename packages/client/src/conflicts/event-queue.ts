/** Events on their way to one reader, who may be slow: beyond the bound they are counted, and the reader is told how many. */
import type { ConflictsEvent } from "./events.js";

export class EventQueue implements AsyncIterableIterator<ConflictsEvent> {
  private kept: ConflictsEvent[] = [];
  private missed: { count: number | undefined; seenIn: string } | undefined;
  private waiting: ((result: IteratorResult<ConflictsEvent>) => void)[] = [];
  private isOver = false;

  constructor(
    private readonly keptMax: number,
    private readonly onOver: (queue: EventQueue) => void,
  ) {}

  push(event: ConflictsEvent): void {
    const next = this.waiting.shift();
    if (next !== undefined) next({ value: event, done: false });
    else if (this.kept.length < this.keptMax && this.missed === undefined) this.kept.push(event);
    else this.miss(event);
  }

  next(): Promise<IteratorResult<ConflictsEvent>> {
    const event = this.kept.shift() ?? this.takeMissed();
    if (event !== undefined) return Promise.resolve({ value: event, done: false });
    if (this.isOver) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Who leaves a loop says so. */
  return(): Promise<IteratorResult<ConflictsEvent>> {
    this.kept = [];
    this.missed = undefined;
    this.end();
    return Promise.resolve({ value: undefined, done: true });
  }

  /** No more come; what is there is read. */
  end(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.onOver(this);
    for (const resolve of this.waiting.splice(0)) resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private miss(event: ConflictsEvent): void {
    const before = this.missed === undefined ? 0 : this.missed.count;
    const more = event.event === "missed" ? event.count : 1;
    const count = before === undefined || more === undefined ? undefined : before + more;
    this.missed = { count, seenIn: event.seenIn };
  }

  private takeMissed(): ConflictsEvent | undefined {
    const { missed } = this;
    this.missed = undefined;
    return missed && { event: "missed", ...missed };
  }
}
