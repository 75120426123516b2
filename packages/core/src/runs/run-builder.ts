/**
 * Builds runs (log/run.ts) of the entries of one origin: a backlog in, as it stands in the log, and out of it frames, some of them
 * runs. For agents and the simulator; nothing of it is in the library that runs in servers.
 *
 * A run ends before an entry that was made upon something that its receiver does not have yet: else two runs might each wait for
 * what is in the middle of the other. It ends where the next entry can't be part of one: FLUSHALL, what was written while keys were
 * ahead of the vector, a run.
 */
import type { Packed } from "../host.js";
import type { FramedEntry } from "../log/frame-text.js";
import type { Operation } from "../log/operation.js";
import { packedSize } from "../log/packed-size.js";
import { packText, unpackText } from "../log/packed-text.js";
import { Overwrites, remaining, type Slot } from "./overwrites.js";

export interface RunOptions {
  readonly origin: string;
  /** Whether the receiver has the entry already. */
  readonly isThere: (origin: string, stamp: number) => boolean;
  /** Where a run is to end: a third region stands there, and may once have to go on from there. */
  readonly isBorder: (stamp: number) => boolean;
  /** Bounds of one run: what goes into it, and what is left, which the receiver's server applies in one step. */
  readonly entriesMax: number;
  readonly operationsMax: number;
  readonly bytesMax: number;
}

interface Unit {
  readonly stamp: number;
  readonly dependencies: Packed[];
  readonly slots: Slot[];
}

type Decoded = [number, Packed[], Operation[]];

/** What is left of a run is counted after so many more operations. */
const LOOK_EVERY = 64;

export class RunBuilder {
  private readonly done: FramedEntry[] = [];
  private doneBytes = 0;
  private entries: FramedEntry[] = [];
  private units: Unit[] = [];
  private previous = 0;
  private overwrites: Overwrites;
  private operations = 0;
  private lookAt: number;

  constructor(private readonly options: RunOptions) {
    this.overwrites = new Overwrites(options.origin);
    this.lookAt = LOOK_EVERY;
  }

  /** Takes the next entry of the log. */
  add(entry: FramedEntry): void {
    const value = unpackText(entry.payload);
    if (!isPlain(value)) {
      this.flush();
      this.push(entry);
      return;
    }
    const [previous, dependencies, operations] = value;
    if (!this.admits(previous, dependencies, operations)) this.flush();
    if (this.entries.length === 0) this.previous = previous;
    const slots = operations.map((operation): Slot => ({ operation, parts: undefined }));
    for (const slot of slots) this.overwrites.take(slot);
    this.entries.push(entry);
    this.units.push({ stamp: entry.stamp, dependencies, slots });
    this.operations += slots.length;
    const { entriesMax, isBorder } = this.options;
    if (this.entries.length >= entriesMax || isBorder(entry.stamp) || this.isFull()) this.flush();
  }

  /** Of the frames that are ready. */
  get bytes(): number {
    return this.doneBytes;
  }

  /** All frames, in order. */
  finish(): FramedEntry[] {
    this.flush();
    return this.done;
  }

  private admits(previous: number, dependencies: Packed[], operations: Operation[]): boolean {
    const last = this.entries[this.entries.length - 1];
    if (last === undefined) return true;
    if (last.stamp !== previous) return false;
    for (let at = 0; at < dependencies.length; at += 2) {
      if (!this.options.isThere(dependencies[at] as string, dependencies[at + 1] as number)) return false;
    }
    return operations.every((operation) => this.overwrites.admits(operation));
  }

  /** What is left is counted now and then: it gets less as well. */
  private isFull(): boolean {
    if (this.operations < this.lookAt) return false;
    const { operationsMax, bytesMax } = this.options;
    let bytes = 0;
    this.operations = 0;
    for (const { slots } of this.units) {
      for (const { operation } of slots) {
        if (operation === undefined) continue;
        this.operations++;
        bytes += packedSize(operation);
      }
    }
    this.lookAt = this.operations + LOOK_EVERY;
    return this.operations >= operationsMax || bytes >= bytesMax;
  }

  private flush(): void {
    if (this.overwrites.leftOut === 0) for (const entry of this.entries) this.push(entry);
    else this.push({ stamp: this.entries[this.entries.length - 1]!.stamp, payload: this.payload() });
    this.entries = [];
    this.units = [];
    this.overwrites = new Overwrites(this.options.origin);
    this.operations = 0;
    this.lookAt = LOOK_EVERY;
  }

  private push(entry: FramedEntry): void {
    this.done.push(entry);
    this.doneBytes += entry.payload.length;
  }

  private payload(): string {
    const flat: Packed[] = [];
    let seen = new Map<Packed, Packed>();
    for (const { stamp, dependencies, slots } of this.units) {
      for (let at = 0; at < dependencies.length; at += 2) seen.set(dependencies[at]!, dependencies[at + 1]!);
      const left = slots.map(remaining).filter((operation) => operation !== undefined);
      if (left.length === 0) continue;
      flat.push(stamp, [...seen].flat(), left);
      seen = new Map();
    }
    return packText([this.previous, flat]);
  }
}

/** True for an entry of its own that can be part of a run. */
function isPlain(value: Packed | undefined): value is Decoded {
  if (!Array.isArray(value) || value.length !== 3) return false;
  return (value[2] as Operation[]).every(([code]) => code !== "Z" && code !== "V" && code !== "w" && code !== "f");
}
