/** Batches to messages and back; and everything that a message may be that is none. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { seededRandom } from "@meridian/testkit";
import { expect, test } from "vitest";
import { BatchReader, encodeBatch as encode } from "./batches.js";
import { BatchSchema, FromSenderSchema, type Batch } from "./gen/meridian/link/v1/link_pb.js";
import { linkLimits } from "./limits.js";
import { PositionReader, PositionWriter } from "./positions.js";
import type { LinkBatch } from "./types.js";

function encodeBatch(batch: LinkBatch, partBytes?: number): Uint8Array[] {
  return [...encode(batch, partBytes)].map(({ whole, body }) => {
    const { payloads, ...head } = fromBinary(BatchSchema, body);
    expect(head.stamps).toEqual(messageOf(whole).stamps);
    expect(Buffer.compare(payloads, messageOf(whole).payloads)).toBe(0);
    return whole;
  });
}

function decode(messages: readonly Uint8Array[]): LinkBatch[] {
  const reader = new BatchReader();
  return messages.flatMap((bytes) => reader.read(messageOf(bytes)) ?? []);
}

function only(messages: readonly Uint8Array[]): Uint8Array {
  expect(messages).toHaveLength(1);
  return messages.at(0) ?? new Uint8Array();
}

function messageOf(bytes: Uint8Array): Batch {
  const { message } = fromBinary(FromSenderSchema, bytes);
  if (message.case !== "batch") throw new Error(`a ${message.case}`);
  return message.value;
}

function payload(length: number, fill: number): Buffer {
  return Buffer.alloc(length, fill);
}

test("what goes in comes out, whatever the sizes", () => {
  const random = seededRandom(7);
  const sizes = [0, 1, 127, 128, 16_383, 16_384, linkLimits.partBytesMax - 1, linkLimits.partBytesMax];
  sizes.push(linkLimits.partBytesMax + 1, 3 * linkLimits.partBytesMax, 1_000_000);
  for (let round = 0; round < 60; round++) {
    let stamp = 2 ** 52 + round;
    const after = stamp;
    const entries = Array.from({ length: random.integer(1, 12) }, (_, index) => {
      stamp += random.integer(1, 5000);
      return { stamp, payload: payload(random.pick(sizes), index) };
    });
    const messages = encodeBatch({ origin: "us-east-1~lx3k", after, entries });
    for (const bytes of messages) expect(bytes.length).toBeLessThan(linkLimits.messageBytesMax);
    let at = after;
    const out = decode(messages).flatMap((batch) => {
      expect(batch.origin).toBe("us-east-1~lx3k");
      expect(batch.after).toBe(at);
      at = batch.entries.at(-1)?.stamp ?? 0;
      return batch.entries;
    });
    expect(out.map((entry) => entry.stamp)).toEqual(entries.map((entry) => entry.stamp));
    for (const [index, entry] of out.entries()) expect(entries.at(index)?.payload.equals(entry.payload)).toBe(true);
  }
});

test("a limit of bandwidth makes messages smaller, nothing else", () => {
  const entries = [5, 9_000, 100, 4_000, 4_000, 30_000].map((size, index) => ({
    stamp: 10 + index,
    payload: payload(size, index),
  }));
  const messages = encodeBatch({ origin: "a~1", after: 9, entries }, 8192);
  for (const bytes of messages) expect(bytes.length).toBeLessThan(8192 + 200);
  const out = decode(messages).flatMap((batch) => batch.entries);
  expect(out.map(({ stamp, payload: { length } }) => [stamp, length])).toEqual(
    entries.map(({ stamp, payload: { length } }) => [stamp, length]),
  );
});

test("what we write is what the library writes, but for the order of the fields", () => {
  const bytes = only(encodeBatch({ origin: "a~1", after: 5, entries: [{ stamp: 9, payload: payload(300, 1) }] }));
  const theirs = toBinary(FromSenderSchema, fromBinary(FromSenderSchema, bytes));
  expect(theirs.toSorted()).toEqual(new Uint8Array(bytes).toSorted());
});

test.each<[string, Partial<Batch>]>([
  ["no origin", { origin: "" }],
  ["a long origin", { origin: "x".repeat(300) }],
  ["no entries", { stamps: [], lengths: [] }],
  ["fewer lengths than stamps", { lengths: [2] }],
  ["stamps that go back", { stamps: [9, 8] }],
  ["a stamp at 'after'", { after: 8 }],
  ["a stamp that is no integer", { stamps: [8, 8.5] }],
  ["a stamp beyond 2^53", { stamps: [8, 2 ** 53] }],
  ["not a number", { stamps: [8, Number.NaN] }],
  ["lengths beyond the payloads", { lengths: [2, 4] }],
  ["a bit flipped", { payloads: Buffer.from("abcdf") }],
  ["a part of two entries", { wholeLength: 100 }],
])("refuses %s", (_what, change) => {
  const entries = [
    { stamp: 8, payload: Buffer.from("ab") },
    { stamp: 9, payload: Buffer.from("cde") },
  ];
  const bytes = only(encodeBatch({ origin: "a~1", after: 5, entries }));
  const message = create(BatchSchema, { ...messageOf(bytes), ...change });
  expect(() => new BatchReader().read(message)).toThrow(RangeError);
});

test("refuses parts that are mixed up", () => {
  const big = { stamp: 8, payload: payload(linkLimits.partBytesMax * 2, 1) };
  const parts = encodeBatch({ origin: "a~1", after: 5, entries: [big] });
  const other = encodeBatch({ origin: "a~1", after: 8, entries: [{ stamp: 9, payload: payload(3, 1) }] });
  expect(parts.length).toBe(2);
  expect(() => decode([...parts.slice(0, 1), ...other])).toThrow(RangeError);
});

test("vectors travel as what changed, origins that are gone too", () => {
  const [writer, reader] = [new PositionWriter(), new PositionReader()];
  const said = (vector: ReadonlyMap<string, number>) => {
    const changes = writer.changes(vector);
    expect(reader.apply(changes)).toEqual(vector);
    return changes.map(({ origin, stamp }) => `${origin} ${stamp}`);
  };
  const first: [string, number][] = [
    ["a", 5],
    ["b", 7],
  ];
  expect(said(new Map(first))).toEqual(["a 5", "b 7"]);
  expect(said(new Map(first))).toEqual([]);
  expect(said(new Map([...first, ["a", 6]]))).toEqual(["a 6"]);
  expect(said(new Map([["a", 2]]))).toEqual(["a 2", "b 0"]);
  expect(() => reader.apply([{ origin: "a", stamp: -1 } as never])).toThrow(RangeError);
});
