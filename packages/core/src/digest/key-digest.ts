/**
 * The digest of one key: what must be the same in every region that has applied the same writes. Its type and deadline, its
 * dots by the names of their origins, and the native values. Not: indexes of origins, encodings, deliveries of a stream,
 * and a key whose time has passed, which regions drop when they come to it.
 *
 * `problem` says what a write past the function left behind; it is seen in one step with the metadata, so it is certain:
 *
 *     value       metadata, and no native value
 *     type        the native value is of another type
 *     parts       another number of native parts than are known
 *     deadline    another expiry than is known
 *     count       the native number is not the sum of what was counted
 */
import { host, type Packed } from "../host.js";
import { AGGREGATES, type AggregateCode, type Deadline } from "../state/codec.js";
import { hasPassed, loadFrom, rulingDeadline, type KeyState } from "../state/key-state.js";
import { isAfter, type Partition } from "../state/partition.js";
import { isLive, shownText } from "../types/cell.js";
import { cellText, nameOf } from "./cell-text.js";
import { PAGE, sizesOf, START, visitParts, type Sizes } from "./parts.js";
import { sumOf, textTally } from "./tally.js";

export type Problem = "" | "value" | "type" | "parts" | "deadline" | "count";

export interface KeyDigest {
  /** Undefined: there is no such key, or its time has passed. */
  tally: number | undefined;
  /** The same without native values: where these agree and those do not, somebody wrote past the function. */
  kept: number;
  problem: Problem;
  /** Unix ms at which the key goes by itself; 0 never. */
  deadline: number;
  /** Parts and pieces that were looked at. */
  cost: number;
  /** Of a value in pages: what was not looked at begins here; START: that is all. */
  next: string;
}

/** Bytes of a string that are looked at in one go. */
const PIECE_BYTES = 65536;
const FIRST_PIECE_END = "65535";
/** Pieces of a long string in one call. */
const PIECES = 16;
/** What PEXPIRETIME says. */
const NO_EXPIRY = -1;
const NO_KEY = -2;
const FORM_S = 83;

/**
 * For a bucket's tally: a string under one register, the common case, is looked at without decoding anything, and gives
 * another tally than `digestStored`, the same in every region. Undefined where it is not that, or not as it should be.
 * `expires`: whether any key of the server does.
 */
export function quickTally(partition: Partition, key: string, stored: string, expires: boolean): number | undefined {
  if (stored.charCodeAt(0) !== FORM_S || (expires && host.call("PEXPIRETIME", key) !== NO_EXPIRY)) return undefined;
  const value = host.pcall("GETRANGE", key, "0", FIRST_PIECE_END);
  // Nothing at all may also be no key.
  if (typeof value !== "string" || value.length >= PIECE_BYTES || value.length === 0) return undefined;
  const origin = nameOf(partition, stored.charCodeAt(8) * 256 + stored.charCodeAt(9));
  return textTally(`S${host.integerText(key.length)}:${key}${stored.substring(1, 8)}${origin}:${value}`);
}

/** The key as stored, in one call. One that does not fit a page is not digested: its `next` is not START. */
export function digestStored(partition: Partition, key: string, bucket: string, stored: string): KeyDigest {
  return digestKey(partition, loadFrom(partition, key, bucket, stored), "", true);
}

/** The whole key in one call, however large it is. */
export function digestWhole(partition: Partition, state: KeyState): KeyDigest {
  const whole = digestKey(partition, state, "", false);
  while (whole.next !== START) {
    const page = digestKey(partition, state, whole.next, false);
    if (whole.tally !== undefined && page.tally !== undefined) whole.tally = sumOf(whole.tally, page.tally);
    whole.kept = sumOf(whole.kept, page.kept);
    whole.next = page.next;
  }
  return whole;
}

/** One page from the cursor on, "" at first. `isWhole`: of a value that does not fit one page nothing, but that `next` is not START. */
export function digestKey(partition: Partition, state: KeyState, cursor: string, isWhole: boolean): KeyDigest {
  const digest: KeyDigest = {
    tally: undefined,
    kept: 0,
    problem: "",
    deadline: state.nativeDeadline,
    cost: 1,
    next: START,
  };
  if (state.shown === "" || hasPassed(partition, state)) return digest;
  const expiresAt = host.call("PEXPIRETIME", state.key) as number;
  // The server drops an expired key by its own clock, a moment earlier or later.
  if (expiresAt === NO_KEY && state.nativeDeadline > 0) return digest;
  digest.tally = 0;
  const at = cursor.indexOf(":");
  const kind = at < 0 ? "" : cursor.substring(0, at);
  const inner = at < 0 ? START : cursor.substring(at + 1);
  const sizes = allSizes(partition, state);
  if (kind === "") {
    const piece = state.shown === "s" ? host.pcall("GETRANGE", state.key, "0", FIRST_PIECE_END) : "";
    digest.problem = problemOf(partition, state, expiresAt, sizes, piece);
    if (isWhole && isLarge(sizes, piece)) return { ...digest, next: nextOf("s", START) };
    addHead(partition, state, digest, expiresAt);
  }
  if (state.shown === "s" && (kind === "" || kind === "s")) {
    const next = addPieces(state.key, digest, kind === "" ? 0 : host.toNumber(inner, 10));
    if (next > 0) return { ...digest, next: nextOf("s", host.integerText(next)) };
  }
  addAggregates(partition, state, digest, sizes, kind, inner);
  return digest;
}

function nextOf(kind: string, inner: string): string {
  return `${kind}:${inner}`;
}

/** Of each type that is alive, in their order. */
interface KindSizes extends Sizes {
  readonly code: AggregateCode;
}

function allSizes(partition: Partition, state: KeyState): KindSizes[] {
  const all: KindSizes[] = [];
  for (const code of AGGREGATES) {
    if (state.alive[code] !== true) continue;
    const { native, known } = sizesOf(partition, state, code);
    all.push({ code, native, known });
  }
  return all;
}

function isLarge(sizes: KindSizes[], piece: unknown): boolean {
  for (const { known } of sizes) if (known > PAGE) return true;
  return typeof piece === "string" && piece.length === PIECE_BYTES;
}

function addKept(digest: KeyDigest, text: string): void {
  digest.kept = sumOf(digest.kept, textTally(text));
}

function addToTally(digest: KeyDigest, text: string): void {
  digest.tally = sumOf(digest.tally!, textTally(text));
}

function addHead(partition: Partition, state: KeyState, digest: KeyDigest, expiresAt: number): void {
  let alive = "";
  for (const code of AGGREGATES) if (state.alive[code] === true) alive = alive + code;
  const head: Packed[] = [
    state.key,
    state.shown,
    alive,
    rulingDeadline(partition, state),
    deadlinesText(partition, state.deadlines),
    deadlinesText(partition, state.weakDeadlines),
    isLive(state.cell) ? cellText(partition, state.cell) : "",
  ];
  const text = host.pack(head);
  addKept(digest, text);
  addToTally(digest, `${digest.problem} ${host.integerText(expiresAt)} ${text}`);
}

function deadlinesText(partition: Partition, deadlines: Deadline[]): string {
  if (deadlines.length === 0) return "";
  const sorted = deadlines.slice(0);
  sorted.sort((a, b) => (isAfter(partition, a.stamp, a.origin, b.stamp, b.origin) ? -1 : 1));
  const flat: Packed[] = [];
  for (const { stamp, origin, at } of sorted) flat.push(stamp, nameOf(partition, origin), at);
  return host.pack(flat);
}

/** The native string from the offset on, at most so many pieces; where the rest begins, 0: there is none. */
function addPieces(key: string, digest: KeyDigest, from: number): number {
  let at = from;
  for (let count = 0; count < PIECES; count++) {
    const piece = host.pcall("GETRANGE", key, at, at + PIECE_BYTES - 1);
    if (typeof piece !== "string") return 0;
    addToTally(digest, `s${host.integerText(at)} ${piece}`);
    digest.cost++;
    if (piece.length < PIECE_BYTES) return 0;
    at += PIECE_BYTES;
  }
  return at;
}

/** A page of the first type that is not done yet. Of a native key of another type nothing can be read: the head says so. */
function addAggregates(
  partition: Partition,
  state: KeyState,
  digest: KeyDigest,
  sizes: KindSizes[],
  kind: string,
  inner: string,
): void {
  let isReached = kind === "" || kind === "s";
  for (const { code, native } of sizes) {
    const isResumed = kind === code;
    if (isResumed) isReached = true;
    if (!isReached || native < 0) continue;
    const next = visitParts(partition, state, code, isResumed ? inner : START, (kept, value) => {
      addKept(digest, kept);
      addToTally(digest, value === false ? `-${kept}` : `+${kept}${value}`);
      digest.cost++;
    });
    if (next !== START) {
      digest.next = nextOf(code, next);
      return;
    }
  }
}

/** `piece`: how the string begins, or the server's refusal. */
function problemOf(
  partition: Partition,
  state: KeyState,
  expiresAt: number,
  sizes: KindSizes[],
  piece: unknown,
): Problem {
  if (expiresAt === NO_KEY) return "value";
  for (const { native } of sizes) if (native < 0) return "type";
  if (typeof piece !== "string") return "type";
  for (const { native, known } of sizes) if (native !== known) return "parts";
  if (state.shown === "s" && state.cell.counters.length > 0) {
    const text = shownText(partition, state.cell);
    if (text !== undefined && text !== piece && text.length < PIECE_BYTES) return "count";
  }
  const known = state.nativeDeadline > 0 ? state.nativeDeadline : NO_EXPIRY;
  return expiresAt === known ? "" : "deadline";
}
