/**
 * Stream ids: two unsigned 64-bit numbers, kept as one bigint of 128 bits, so that they compare as Redis compares them.
 *
 * Texts are read as leniently as Redis reads them (`strtoull`: blanks, a sign, leading zeros), and end at a zero byte.
 */
import { errorTexts, refuse } from "./errors.js";
import { parseInt64 } from "./numbers.js";

/** Milliseconds in the upper 64 bits, the sequence in the lower. */
export type StreamId = bigint;

const HALF_BITS = 64n;
const half = 1n << HALF_BITS;
const TEXT_LENGTH_MAX = 127;

export const sequenceMax = half - 1n;
export const streamIdMax: StreamId = half * half - 1n;

export function streamId(milliseconds: bigint, sequence: bigint): StreamId {
  return (milliseconds << HALF_BITS) | sequence;
}

export function millisecondsOf(id: StreamId): bigint {
  return id >> HALF_BITS;
}

export function streamIdText(id: StreamId): string {
  return `${id >> HALF_BITS}-${id & sequenceMax}`;
}

function unsigned(text: string): bigint | undefined {
  if (text.startsWith("-") && parseInt64(text) !== undefined) return undefined;
  const match = /^[ \t\n\v\f\r]*([+-]?)([0-9]+)$/.exec(text);
  if (!match) return undefined;
  const value = BigInt(match[2] ?? "");
  if (value > sequenceMax) return undefined;
  return match[1] === "-" ? BigInt.asUintN(Number(HALF_BITS), -value) : value;
}

/** An id as XADD takes it: `id` lacks its sequence where `sequenceGiven` is false ("5-*"). */
export function parseNewId(text: string): { id: StreamId; sequenceGiven: boolean } {
  const [milliseconds = "", sequence] = split(text);
  if (sequence !== "*" || text.length > TEXT_LENGTH_MAX) {
    return { id: parseStreamId(text, 0n), sequenceGiven: true };
  }
  const value = unsigned(milliseconds) ?? refuse(errorTexts.streamId);
  return { id: streamId(value, 0n), sequenceGiven: false };
}

/** The id, or undefined where the text is none; "-" and "+" are none. */
export function readStreamId(text: string, missingSequence: bigint): StreamId | undefined {
  if (text.length > TEXT_LENGTH_MAX) return undefined;
  const [first = "", second] = split(text);
  const milliseconds = unsigned(first);
  const sequence = second === undefined ? missingSequence : unsigned(second);
  return milliseconds === undefined || sequence === undefined ? undefined : streamId(milliseconds, sequence);
}

function split(text: string): string[] {
  const [visible = ""] = text.split("\0", 1);
  const dash = visible.indexOf("-");
  return dash < 0 ? [visible] : [visible.slice(0, dash), visible.slice(dash + 1)];
}

export function parseStreamId(text: string, missingSequence = 0n): StreamId {
  return readStreamId(text, missingSequence) ?? refuse(errorTexts.streamId);
}

/** As `parseStreamId`, with "-" and "+" for the least and the greatest id. */
export function parseAnyStreamId(text: string, missingSequence = 0n): StreamId {
  if (text === "-") return 0n;
  if (text === "+") return streamIdMax;
  return parseStreamId(text, missingSequence);
}

/** The first id of an interval; "(" before it leaves it out. */
export function intervalStart(text: string): StreamId {
  if (text.length < 2 || !text.startsWith("(")) return parseAnyStreamId(text);
  const id = parseStreamId(text.slice(1));
  return id === streamIdMax ? refuse(errorTexts.streamIntervalStart) : id + 1n;
}

/** The last id of an interval; "(" before it leaves it out. */
export function intervalEnd(text: string): StreamId {
  if (text.length < 2 || !text.startsWith("(")) return parseAnyStreamId(text, sequenceMax);
  const id = parseStreamId(text.slice(1), sequenceMax);
  return id === 0n ? refuse(errorTexts.streamIntervalEnd) : id - 1n;
}
