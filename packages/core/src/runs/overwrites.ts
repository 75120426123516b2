/**
 * Which operations of one origin, one behind the other, later ones make superfluous, where all of them take effect in one step.
 * What is left has the same effect as all, on whatever a region holds that stands before the first and has what they were made upon:
 *
 * - what is on a key before S, D or P goes: these clear all that was seen, and take over the resets of what goes;
 * - of increments of one counter in one epoch the last stays, with the previous sum of the first;
 * - a field, a score or a member goes where it is written again or removed; A before A; T before T.
 *
 * An operation that does more than that to its key stays: the one that found it absent, or emptied it, or cleared hidden types, or
 * wrote down a deadline that its successor does not. So do lists, HyperLogLogs and streams, and what is before them on their key; an
 * X goes before a value only, for a D after it does not keep a value from being revived (log/expiry.ts).
 */
import type { Packed } from "../host.js";
import type { Keep, Operation } from "../log/operation.js";
import { mergeKeyResets, mergeResets, type IsLeftOut } from "./merged-resets.js";

/** An operation on its way into a run. */
export interface Slot {
  /** Undefined where it is left out. */
  operation: Operation | undefined;
  /** The fields or members that are left of it, and where they are; undefined where it has none, or one twice. */
  parts: Map<string, number> | undefined;
}

interface Track {
  /** All that may be left out. */
  slots: Slot[];
  /** By cell: what wrote it. */
  cells: Map<string, Slot[]>;
  deadline: Slot | undefined;
  /** Counters of which the first increment was left out: cell and epoch. */
  readonly begun: Set<string>;
}

/** Places in an operation. */
const KEEP_AT: Record<string, number> = { A: 4, I: 8, J: 8, H: 3, Y: 3, E: 3, R: 4, U: 4, F: 4 };
const KEY_RESETS_AT: Record<string, number> = { S: 3, A: 3, D: 2, X: 2, P: 5 };
/** How many elements a part takes, and the type of its cell. */
const PARTS: Record<string, { size: number; type: string } | undefined> = {
  H: { size: 3, type: "h" },
  Y: { size: 3, type: "z" },
  R: { size: 2, type: "h" },
  U: { size: 2, type: "z" },
  E: { size: 1, type: "e" },
  F: { size: 1, type: "e" },
};
const PARTS_AT = 2;
const NO_KEY = "MmQ";
const PLAIN_TYPES = "shze";

export class Overwrites {
  private readonly tracks = new Map<string, Track>();
  /** How many were left out, whole or in part. */
  leftOut = 0;

  constructor(private readonly origin: string) {}

  /** False where an operation can't follow what is here: an expiry is to find its key as it is before all. */
  admits([code, key]: Operation): boolean {
    return code !== "X" || !this.tracks.has(key as string);
  }

  /** Takes the next operation; it may be changed, and others be left out. */
  take(slot: Slot): void {
    const [code, key] = slot.operation as [string, string];
    if (NO_KEY.includes(code)) return;
    let track = this.tracks.get(key);
    if (track === undefined) {
      track = { slots: [], cells: new Map(), deadline: undefined, begun: new Set() };
      this.tracks.set(key, track);
    }
    if (code === "S" || code === "D" || code === "X" || code === "P") this.clear(track, slot, code);
    else if (code === "A") this.amend(track, slot);
    else if (code === "I" || code === "J") this.increment(track, slot, code);
    else if (code === "T") this.deadline(track, slot);
    else if (PARTS[code] !== undefined) this.parts(track, slot, PARTS[code]);
    else forget(track);
  }

  private clear(track: Track, slot: Slot, code: string): void {
    const operation = slot.operation!;
    const isValue = code === "S" || code === "P";
    const all = [operation[KEY_RESETS_AT[code]!] as Packed[]];
    const kept: Slot[] = [];
    for (let at = track.slots.length - 1; at >= 0; at--) {
      const earlier = track.slots[at]!;
      if (earlier.operation === undefined) continue;
      if (earlier.operation[0] === "X" && !isValue) kept.unshift(earlier);
      else all.push(keyResetsIn(this.dropped(track, earlier)));
    }
    if (all.length > 1) operation[KEY_RESETS_AT[code]!] = mergeKeyResets(all, this.isLeftOut(track));
    forget(track);
    track.slots = kept;
    if (code !== "P" || PLAIN_TYPES.includes(operation[2] as string)) track.slots.push(slot);
  }

  private amend(track: Track, slot: Slot): void {
    const operation = slot.operation!;
    const all = [operation[3] as Packed[]];
    const kept: Slot[] = [];
    for (const earlier of cellOf(track, "s").reverse()) {
      const before = earlier.operation;
      if (before === undefined) continue;
      const isCleared = (before[0] === "A" && before[5] === 0) || before[0] === "I";
      if (isCleared && isDone(before, operation)) all.push(keyResetsIn(this.dropped(track, earlier)));
      else kept.unshift(earlier);
    }
    if (all.length > 1) operation[3] = mergeKeyResets(all, this.isLeftOut(track));
    track.cells.set("s", [...kept, slot]);
    track.slots.push(slot);
  }

  private increment(track: Track, slot: Slot, code: string): void {
    const operation = slot.operation!;
    const cell = cellOfIncrement(operation);
    const writers = cellOf(track, cell);
    const earlier = writers[writers.length - 1];
    const before = earlier?.operation;
    if (before?.[0] === code && before[3] === operation[3] && before[6] === operation[4] && isDone(before, operation)) {
      operation[4] = before[4]!;
      operation[5] = before[5]!;
      earlier!.operation = undefined;
      this.leftOut++;
      writers.pop();
    }
    track.cells.set(cell, [...writers, slot]);
    track.slots.push(slot);
  }

  private deadline(track: Track, slot: Slot): void {
    if (track.deadline?.operation !== undefined) this.dropped(track, track.deadline);
    track.deadline = slot;
    track.slots.push(slot);
  }

  /** Each field or member takes the place of what was written to it before. */
  private parts(track: Track, slot: Slot, { size, type }: { size: number; type: string }): void {
    const operation = slot.operation!;
    const flat = operation[PARTS_AT] as Packed[];
    const places = new Map<string, number>();
    for (let at = 0; at < flat.length; at += size) places.set(flat[at] as string, at);
    if (places.size * size === flat.length) slot.parts = places;
    for (const [part, place] of places) {
      const cell = type + part;
      const kept: Slot[] = [];
      for (const earlier of cellOf(track, cell)) {
        const before = earlier.operation;
        if (before === undefined) continue;
        const resets = isDone(before, operation) ? this.partDropped(track, earlier, part) : undefined;
        if (resets === undefined) kept.push(earlier);
        else if (size > 1) {
          const at = place + size - 1;
          flat[at] = mergeResets(resets, flat[at] as Packed[], cell, this.isLeftOut(track));
        }
      }
      track.cells.set(cell, [...kept, slot]);
    }
    track.slots.push(slot);
  }

  /** Leaves a field or member out; its resets, or undefined where it stays. */
  private partDropped(track: Track, slot: Slot, part: string): Packed[] | undefined {
    const operation = slot.operation!;
    const form = PARTS[operation[0] as string];
    if (form === undefined) {
      this.dropped(track, slot);
      return [];
    }
    const place = slot.parts?.get(part);
    if (place === undefined) return undefined;
    slot.parts!.delete(part);
    this.leftOut++;
    if (slot.parts!.size === 0) slot.operation = undefined;
    return form.size === 1 ? [] : ((operation[PARTS_AT] as Packed[])[place + form.size - 1] as Packed[]);
  }

  /** Leaves the operation out, and gives it. */
  private dropped(track: Track, slot: Slot): Operation {
    const operation = remaining(slot)!;
    const [code, , , epoch, previousSum] = operation;
    if ((code === "I" || code === "J") && previousSum === false) {
      track.begun.add(`${epoch as number} ${cellOfIncrement(operation)}`);
    }
    slot.operation = undefined;
    this.leftOut++;
    return operation;
  }

  private isLeftOut(track: Track): IsLeftOut {
    return (cell, origin, epoch) => origin === this.origin && track.begun.has(`${epoch} ${cell}`);
  }
}

/** The operation with the parts that are left of it; undefined where it is left out. */
export function remaining({ operation, parts }: Slot): Operation | undefined {
  const form = operation === undefined ? undefined : PARTS[operation[0] as string];
  if (operation === undefined || form === undefined || parts === undefined) return operation;
  const flat = operation[PARTS_AT] as Packed[];
  if (parts.size * form.size === flat.length) return operation;
  const left: Packed[] = [];
  for (const place of parts.values()) left.push(...flat.slice(place, place + form.size));
  return operation.with(PARTS_AT, left);
}

/** Nothing that is on the key so far is left out. */
function forget(track: Track): void {
  track.slots = [];
  track.cells = new Map();
  track.deadline = undefined;
}

function cellOf(track: Track, cell: string): Slot[] {
  return track.cells.get(cell) ?? [];
}

function cellOfIncrement([code, , field]: Operation): string {
  if (code === "J") return `z${field as string}`;
  return field === false ? "s" : `h${field as string}`;
}

/** True where the earlier operation does nothing but write the cells that the later one writes, or writes its deadline too. */
function isDone(earlier: Operation, later: Operation): boolean {
  const code = earlier[0] as string;
  const [deadline, fresh, hidden] = earlier[KEEP_AT[code]!] as Keep;
  if (fresh === 1 || hidden !== false) return false;
  if ("RUF".includes(code) && earlier[3] !== 0) return false;
  return deadline === 0 || (later[KEEP_AT[later[0] as string]!] as Keep)[0] > 0;
}

/** All resets that an operation carries, as [type field resets ...]. */
function keyResetsIn(operation: Operation): Packed[] {
  const code = operation[0] as string;
  const keep = KEEP_AT[code] === undefined ? undefined : (operation[KEEP_AT[code]] as Keep);
  const flat: Packed[] = keep === undefined || keep[2] === false ? [] : [...keep[2]];
  if (KEY_RESETS_AT[code] !== undefined) flat.push(...(operation[KEY_RESETS_AT[code]] as Packed[]));
  const form = PARTS[code];
  if (form !== undefined && form.size > 1) {
    const parts = operation[PARTS_AT] as Packed[];
    for (let at = 0; at < parts.length; at += form.size) {
      flat.push(form.type, parts[at]!, parts[at + form.size - 1]!);
    }
  }
  return flat;
}
