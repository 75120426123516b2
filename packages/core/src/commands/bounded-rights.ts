/**
 * A bounded counter in its hash: who may still take how much of a stock.
 *
 *     ~left        what is left in all
 *     ~<origin>    the rights of that origin: its share of what is left
 *
 * All are counters (types/cell.ts), and what changes some of them at once is one unit, so in what any region has seen the shares
 * make up what is left. Only the origin itself takes from its share. So a share is never less, where its origin looks,
 * than what may be taken: what others gave and is not here yet is missing, nothing that was taken is.
 *
 * Invariants
 * 1. An origin takes and gives from its own share alone, and no more than that shows.
 * 2. The share of an earlier incarnation of the region is taken up by the present one once every earlier one that wrote is folded
 *    (state/whole.ts): until then it may have taken or given what its server has lost and others hold.
 * 3. The share of a region that is gone is taken up by the first that is not, likewise once all of it is folded.
 */
import { errors, isRefused, refuse, type ErrorReply } from "../errors.js";
import { host, type Packed, type Reply } from "../host.js";
import { regionOf } from "../clock/origin.js";
import { packResets } from "../log/operation.js";
import { keepOf, openKey, perform, type Unit } from "../log/unit.js";
import { decodeCell } from "../state/codec.js";
import type { KeyState } from "../state/key-state.js";
import { sideKey } from "../state/names.js";
import type { Partition } from "../state/partition.js";
import { WHOLE } from "../state/whole.js";
import { emptyCell, type Cell } from "../types/cell.js";
import { incrementOperation } from "./counting.js";
import { exists, openTyped } from "./opened.js";

export const LEFT = "~left";
const TILDE = 126;

export interface Stock {
  readonly key: string;
  /** What is left in all. */
  readonly left: number;
  /** The share of the present incarnation. */
  readonly own: number;
  /** That has one. */
  readonly hasOwn: boolean;
}

export interface Share {
  readonly origin: string;
  readonly amount: number;
}

export function shareField(origin: string): string {
  return "~" + origin;
}

export function isStock(state: KeyState): boolean {
  return state.shown === "h" && state.counted["h"] === true && host.call("HEXISTS", state.key, LEFT) === 1;
}

/** The error where the arguments name, from `first` on, a field that is a bounded counter's own, which only its command writes. */
export function ownFieldError(state: KeyState, args: string[], first: number, step: number): ErrorReply | undefined {
  for (let at = first; at < args.length; at += step) {
    if (args[at]!.charCodeAt(0) === TILDE && isStock(state)) return refuse(errors.boundedField);
  }
  return undefined;
}

/** The stock as it is here. */
export function openStock(unit: Unit, key: string): Stock | ErrorReply {
  const state = openTyped(unit, key, "h");
  if (isRefused(state)) return state;
  if (!exists(state) || state.counted["h"] !== true) return refuse(errors.noBounded);
  const own = shareField(ownOrigin(unit.partition));
  const shown = host.call("HMGET", key, LEFT, own) as Reply[];
  if (typeof shown[0] !== "string") return refuse(errors.noBounded);
  for (const text of host.call("HMGET", sideKey(unit.partition.root, "h", key), LEFT, own) as Reply[]) {
    if (typeof text === "string" && decodeCell(text).registers.length > 0) return refuse(errors.noBounded);
  }
  const hasOwn = typeof shown[1] === "string";
  return { key, left: amountIn(shown[0]), own: hasOwn ? amountIn(shown[1] as string) : 0, hasOwn };
}

export function ownOrigin({ origins, own }: Partition): string {
  return origins[own]!;
}

function amountIn(text: string): number {
  return host.toNumber(text, 10);
}

/** Every share of the stock. */
export function sharesOf(key: string): Share[] {
  const flat = host.call("HGETALL", key) as string[];
  const shares: Share[] = [];
  for (let at = 0; at < flat.length; at += 2) {
    const field = flat[at]!;
    if (field.charCodeAt(0) !== TILDE || field.indexOf("~", 1) < 0) continue;
    shares.push({ origin: field.substring(1), amount: amountIn(flat[at + 1]!) });
  }
  return shares;
}

/** The share of the origin changes by so much. */
export function changeShare(unit: Unit, key: string, origin: string, by: number): void {
  changeField(unit, key, shareField(origin), by);
}

/** What is left in all changes by so much. */
export function changeLeft(unit: Unit, key: string, by: number): void {
  changeField(unit, key, LEFT, by);
}

function changeField(unit: Unit, key: string, field: string, by: number): void {
  const state = openKey(unit, key);
  const cell = cellOf(unit.partition, state, field);
  const keep = keepOf(unit, state, "h");
  perform(unit, incrementOperation(unit, ["I", key, field], cell, host.integerText(by), false, keep));
}

function cellOf({ root }: Partition, state: KeyState, field: string): Cell {
  const text = state.alive["h"] === true ? host.call("HGET", sideKey(root, "h", state.key), field) : false;
  return typeof text === "string" ? decodeCell(text) : emptyCell();
}

/** Those of the shares that the present incarnation takes up, by invariants 2 and 3. */
export function loose(partition: Partition, shares: Share[]): Share[] {
  const { own, origins, indexOf, vector } = partition;
  const { region, gone } = partition.deployment;
  if (partition.views !== undefined || partition.adoption !== undefined) return [];
  if (!areWhole(partition, (owner, index) => owner === region && index !== own)) return [];
  const takesGone = isFirst(partition) && areWhole(partition, (owner) => gone[owner] === true);
  const found: Share[] = [];
  for (const share of shares) {
    const index = indexOf[share.origin];
    const owner = regionOf(share.origin);
    const isOurs = owner === region ? share.origin !== origins[own] : takesGone && gone[owner] === true;
    if (isOurs && share.amount >= 0 && index !== undefined && vector[index] === WHOLE) found.push(share);
  }
  return found;
}

type Of = (this: void, region: string, index: number) => boolean;

/** True where all these origins that ever wrote, as far as is known here, are folded. */
function areWhole({ origins, vector }: Partition, isMeant: Of): boolean {
  for (let index = 1; index < origins.length; index++) {
    const stamp = vector[index] ?? 0;
    if (stamp !== 0 && stamp !== WHOLE && isMeant(regionOf(origins[index]!), index)) return false;
  }
  return true;
}

/** Of the regions that are not gone ours is the first. */
function isFirst({ deployment }: Partition): boolean {
  const { regions, gone, region } = deployment;
  for (const name of regions) if (gone[name] !== true) return name === region;
  return false;
}

/** How much the shares hold. */
export function amountOf(shares: Share[]): number {
  let sum = 0;
  for (const { amount } of shares) sum += amount;
  return sum;
}

/** The shares become the present incarnation's; the fields that held them go. */
export function takeUp(unit: Unit, key: string, shares: Share[]): void {
  const { partition } = unit;
  const sum = amountOf(shares);
  if (sum > 0) changeShare(unit, key, ownOrigin(partition), sum);
  for (const { origin } of shares) {
    const state = openKey(unit, key);
    const field = shareField(origin);
    const pairs: Packed[] = [field, packResets(partition, cellOf(partition, state, field))];
    perform(unit, ["R", key, pairs, 0, keepOf(unit, state, "h")]);
  }
}

/** The latest incarnation of the region that has written, as far as is known here: whom to give to. */
export function latestOrigin({ origins, vector }: Partition, region: string): string | undefined {
  let latest: string | undefined;
  for (let index = 1; index < origins.length; index++) {
    const name = origins[index]!;
    if (regionOf(name) !== region || (vector[index] ?? 0) === 0) continue;
    if (latest === undefined || name > latest) latest = name;
  }
  return latest;
}

/** Regions among which the stock is shared. */
export function activeRegions({ deployment }: Partition): string[] {
  const { regions, gone } = deployment;
  const active: string[] = [];
  for (const name of regions) if (gone[name] !== true) active.push(name);
  return active;
}
