/**
 * What subscribers of the server are told as conflicts arise and are resolved: JSON on the channel `meridian:conflicts`.
 *
 *     {"event": "conflict", "root", "key", "type", "part", "number", "winner": side | null, "losers": [side, ...]}
 *     {"event": "resolved", "root", "key", "type", "part", "resolver", "version", "winner": side, "losers": [side, ...]}
 *     side: {"value" (null where it is large), "size", "origin", "region", "stamp", "atMs"}
 *
 * Invariants
 * 1. A notice tells; nothing depends on it. Who lacks the right to publish changes nothing by that.
 * 2. `number` is how many conflicts of the type the partition has met, this one counted: whoever finds a gap knows how many
 *    notices it missed.
 * 3. Where nobody listens no text is made. Of a cluster one node does not know who listens at another, so there it always is.
 */
import { regionOf } from "../clock/origin.js";
import { stampMs } from "../clock/stamp.js";
import { host } from "../host.js";
import { isSameDot, winner, type Register } from "../types/cell.js";
import { array, integer, object, pair, text } from "./json.js";
import type { Partition } from "./partition.js";

export const CONFLICTS_CHANNEL = "meridian:conflicts";

/** A value of more bytes is not in the notice. */
const VALUE_BYTES_MAX = 1024;
const LOSERS_MAX = 16;

/** Whose write it is, and what it wrote. */
export interface Side {
  readonly stamp: number;
  readonly origin: number;
  readonly value: string | undefined;
}

/** `registers`: all of the place, with their values; undefined where the conflict is not one of registers. */
export function tellConflict(
  partition: Partition,
  key: string,
  kind: string,
  part: string,
  number: number,
  registers: Register[] | undefined,
): void {
  if (!isHeard(partition)) return;
  const best = registers === undefined ? undefined : winner(partition, { registers, counters: [] });
  const losers: Side[] = [];
  for (const register of registers ?? []) {
    if (!isSameDot(register, best!) && losers.length < LOSERS_MAX) losers.push(register);
  }
  const notice = object([
    ...head(partition, "conflict", key, kind, part),
    pair("number", integer(number)),
    pair("winner", best === undefined ? "null" : sideJson(partition, best)),
    pair("losers", sidesJson(partition, losers)),
  ]);
  host.pcall("PUBLISH", CONFLICTS_CHANNEL, notice);
}

/** What a resolver made of all that was there. */
export function resolvedNotice(
  partition: Partition,
  place: { key: string; kind: string; part: string },
  resolver: { name: string; version: string },
  made: Side,
  seen: Side[],
): string {
  return object([
    ...head(partition, "resolved", place.key, place.kind, place.part),
    pair("resolver", text(resolver.name)),
    pair("version", resolver.version),
    pair("winner", sideJson(partition, made)),
    pair("losers", sidesJson(partition, seen.slice(0, LOSERS_MAX))),
  ]);
}

/** Within a call of `apply`: whether somebody listens; undefined: not asked yet. Of no partition, whose table is full. */
export const hearing: { isHeard: boolean | undefined } = { isHeard: undefined };

function isHeard(partition: Partition): boolean {
  if (partition.deployment.isSlot) return true;
  if (hearing.isHeard === undefined) {
    const reply = host.pcall("PUBSUB", "NUMSUB", CONFLICTS_CHANNEL);
    hearing.isHeard = typeof reply === "object" && (reply as unknown[])[1] !== 0;
  }
  return hearing.isHeard;
}

function head(partition: Partition, event: string, key: string, kind: string, part: string): string[] {
  return [
    pair("event", text(event)),
    pair("root", text(partition.root)),
    pair("key", text(key)),
    pair("type", text(kind)),
    pair("part", text(part)),
  ];
}

function sidesJson(partition: Partition, sides: Side[]): string {
  const texts: string[] = [];
  for (const side of sides) texts.push(sideJson(partition, side));
  return array(texts);
}

function sideJson(partition: Partition, { stamp, origin, value }: Side): string {
  const name = partition.origins[origin]!;
  const size = value === undefined ? 0 : value.length;
  return object([
    pair("value", value === undefined || size > VALUE_BYTES_MAX ? "null" : text(value)),
    pair("size", integer(size)),
    pair("origin", text(name)),
    pair("region", text(regionOf(name))),
    pair("stamp", integer(stamp)),
    pair("atMs", integer(stampMs(stamp))),
  ]);
}
