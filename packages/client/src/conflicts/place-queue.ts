/**
 * Places that wait to be looked at: each once, some at a time, some not before their time. One that is told of again while it is
 * looked at is looked at again.
 */
import type { ConflictLimits } from "../limits.js";
import type { Place } from "./place-reads.js";

export interface Queued {
  readonly place: Place;
  readonly name: string;
  /** What was there when it began to wait for its turn. */
  readonly waited: string | undefined;
}

/** When it must be looked at again; undefined: not. */
export type Look = (queued: Queued) => Promise<{ readonly ms: number; readonly waited?: string } | undefined>;

export class PlaceQueue {
  private readonly due: Queued[] = [];
  private readonly later = new Map<string, NodeJS.Timeout>();
  private readonly names = new Set<string>();
  /** Those that are looked at; true: again. */
  private readonly busy = new Map<string, boolean>();
  private isClosed = false;

  constructor(
    private readonly limits: ConflictLimits,
    private readonly look: Look,
  ) {}

  /** False where there is no room for it. */
  add(place: Place): boolean {
    const name = nameOf(place);
    if (this.isClosed || this.names.has(name)) return true;
    if (this.busy.has(name)) {
      this.busy.set(name, true);
      return true;
    }
    if (this.names.size >= this.limits.placesKept) return false;
    this.enqueue({ place, name, waited: undefined });
    return true;
  }

  close(): void {
    this.isClosed = true;
    for (const timer of this.later.values()) clearTimeout(timer);
    this.later.clear();
    this.due.length = 0;
    this.names.clear();
  }

  private enqueue(queued: Queued): void {
    this.names.add(queued.name);
    this.due.push(queued);
    this.run();
  }

  private run(): void {
    while (!this.isClosed && this.busy.size < this.limits.placesAtOnce) {
      const next = this.due.shift();
      if (next === undefined) return;
      this.names.delete(next.name);
      this.busy.set(next.name, false);
      void this.lookAt(next);
    }
  }

  private async lookAt(queued: Queued): Promise<void> {
    const { place, name } = queued;
    const again = await this.look(queued);
    const isToldAgain = this.busy.get(name) === true;
    this.busy.delete(name);
    if (this.isClosed) return;
    if (again !== undefined && (again.ms > 0 || !isToldAgain))
      this.wait({ place, name, waited: again.waited }, again.ms);
    else if (isToldAgain) this.enqueue({ place, name, waited: undefined });
    this.run();
  }

  private wait(queued: Queued, ms: number): void {
    const { name } = queued;
    this.names.add(name);
    const timer = setTimeout(() => {
      this.later.delete(name);
      this.enqueue(queued);
    }, ms);
    timer.unref();
    this.later.set(name, timer);
  }
}

function nameOf({ key, field }: Place): string {
  return `${key.toString("latin1")}${field === undefined ? "" : `\n${field.toString("latin1")}`}`;
}
