/** What commands ask of a key before they write. A key is opened first: `openKey` in log/unit.ts. */
import { errors, refuse, type ErrorReply } from "../errors.js";
import { host, type Packed } from "../host.js";
import { keyResetsOf } from "../effects/clear.js";
import { writeRegister } from "../effects/plain.js";
import { keepOf, note, openKey, perform, type Unit } from "../log/unit.js";
import { loadKey, peek, rulingDeadline, type KeyState } from "../state/key-state.js";
import type { Keep } from "../log/operation.js";
import { isRegisterForm, soleCounter, type TypeCode } from "../state/codec.js";
import { WEAK, winner, type Counter } from "../types/cell.js";

/** The key where it is absent or of the type; else Redis's WRONGTYPE. A HyperLogLog is a string to string commands. */
export function openTyped(unit: Unit, key: string, type: TypeCode): KeyState | ErrorReply {
  const state = openKey(unit, key);
  const { shown } = state;
  if (shown === "" || shown === type || (type === "s" && shown === "p")) return state;
  return refuse(errors.wrongType);
}

export function exists(state: KeyState): boolean {
  return state.shown !== "";
}

/** The string that shows; "" where the key is absent. */
export function textOf(state: KeyState): string {
  if (state.shown === "") return "";
  const text = host.call("GET", state.key);
  return typeof text === "string" ? text : "";
}

/** Writes a string over whatever was there: SET. `expiresAt` 0: never. */
export function putString(unit: Unit, state: KeyState, value: string, expiresAt: number): void {
  perform(unit, ["S", state.key, value, keyResetsOf(unit.partition, state, ""), expiresAt]);
}

/**
 * SET without options. A key of one register holds nothing else that the operation would have to name, and whether its
 * time has passed does not matter: all of it is overwritten.
 */
export function setPlainly(unit: Unit, key: string, value: string): void {
  const stored = peek(unit.partition, key);
  if (stored === false || isRegisterForm(stored)) {
    note(unit, ["S", key, value, NO_RESETS, 0]);
    writeRegister(unit.partition, key, value, unit.author);
  } else putString(unit, openKey(unit, key), value, 0);
}

/** Shared, never changed. */
export const NO_RESETS: Packed[] = [];
export const PLAIN_KEEP: Keep = [0, 0, false];
const FRESH_KEEP: Keep = [0, 1, false];

/** The keep of a write to a key whose metadata says at a glance that there is nothing to keep; else undefined. */
export function plainKeep(unit: Unit, key: string, plainForm: string): Keep | undefined {
  const stored = peek(unit.partition, key);
  return stored === false ? FRESH_KEEP : stored === plainForm ? PLAIN_KEEP : undefined;
}

/** The counter of a key that holds nothing else. */
export function plainCounter(unit: Unit, key: string): Counter | undefined {
  const stored = peek(unit.partition, key);
  return stored === false ? undefined : soleCounter(stored);
}

/** Writes a string and leaves the key's deadline as it is: APPEND, SETRANGE, KEEPTTL. */
export function amendString(unit: Unit, state: KeyState, value: string): void {
  const { partition } = unit;
  const register = state.shown === "s" ? winner(partition, state.cell) : undefined;
  const ruledByValue = register !== undefined && register.expiresAt !== WEAK;
  const isFresh = state.shown === "";
  const keep = [isFresh ? 0 : rulingDeadline(partition, state), isFresh ? 1 : 0, false];
  perform(unit, ["A", state.key, value, keyResetsOf(partition, state, ""), keep, ruledByValue ? 1 : 0]);
}

/** Removes the key; true where there was one. */
export function removeKey(unit: Unit, state: KeyState): boolean {
  if (state.shown === "") return false;
  perform(unit, ["D", state.key, keyResetsOf(unit.partition, state, "")]);
  return true;
}

/** Sets the deadline (0: none) of a key that exists; one that has passed removes it. */
export function setDeadline(unit: Unit, state: KeyState, deadline: number): void {
  if (deadline !== 0 && deadline <= unit.partition.now) removeKey(unit, state);
  else perform(unit, ["T", state.key, deadline]);
}

/** Writes a whole value of the type over whatever was there. */
export function putValue(unit: Unit, key: string, type: TypeCode, value: Packed, deadline: number): void {
  const resets = keyResetsOf(unit.partition, loadKey(unit.partition, key), "");
  perform(unit, ["P", key, type, value, deadline, resets]);
}

/** The keep of a removal; one that empties the key takes its deadline along. */
export function removalKeep(unit: Unit, state: KeyState, type: TypeCode, isEmptied: boolean): Packed {
  const keep = keepOf(unit, state, type);
  if (isEmptied) keep[0] = 0;
  return keep;
}
