/**
 * Batches to messages and back.
 *
 * 1. A message stays below its limit: a payload that is larger goes in parts, one behind the other.
 * 2. What is read is checked whole, its checksum too, before anyone sees an entry of it.
 */
import { crc32 } from "node:zlib";
import { create, toBinary } from "@bufbuild/protobuf";
import { SLOTS } from "@meridian/core";
import {
  BatchSchema,
  BundleSchema,
  FromSenderSchema,
  PackedSchema,
  type Batch,
} from "./gen/meridian/link/v1/link_pb.js";
import { linkLimits } from "./limits.js";
import { isStamp } from "./positions.js";
import type { LinkBatch, LinkEntry } from "./types.js";

/** A message with a batch. */
export interface EncodedBatch {
  /** FromSender, for the stream. */
  readonly whole: Uint8Array;
  /** The Batch in it, a part of the same memory; or the Bundle. */
  readonly body: Uint8Array;
  readonly isBundle?: true;
}

/** The messages of a batch, each encoded when it is asked for: one, but for payloads that don't go together in one. */
export function* encodeBatch(batch: LinkBatch, partBytes: number = linkLimits.partBytesMax): Iterable<EncodedBatch> {
  const { origin, entries, partition = 0 } = batch;
  const of = { origin, partition };
  let { after } = batch;
  let begin = 0;
  while (begin < entries.length) {
    let end = begin;
    for (let bytes = 0; end < entries.length; end++) {
      bytes += entries[end]!.payload.length;
      if (bytes > partBytes) break;
    }
    if (end === begin) {
      yield* encodeParts(of, after, entries[begin]!, partBytes);
      end++;
    } else {
      yield encodeMessage(headOf(of, after, entries.slice(begin, end)), payloadsOf(entries.slice(begin, end)));
    }
    after = entries[end - 1]!.stamp;
    begin = end;
  }
}

/** One message of small batches, each of a partition of its own or not. */
export function encodeBundle(batches: readonly LinkBatch[]): EncodedBatch {
  const messages = batches.map(({ origin, partition = 0, after, entries }) => {
    const payloads = payloadsOf(entries);
    const whole = Buffer.concat(payloads);
    const head = headOf({ origin, partition }, after, entries);
    return create(BatchSchema, {
      ...head,
      lengths: payloads.map(({ length }) => length),
      payloads: whole,
      checksum: crc32(whole),
    });
  });
  const bundle = toBinary(BundleSchema, create(BundleSchema, { batches: messages }));
  const whole = Buffer.allocUnsafe(1 + varintLength(bundle.length) + bundle.length);
  const at = writeVarint(whole, writeVarint(whole, 0, BUNDLE_TAG), bundle.length);
  whole.set(bundle, at);
  return { whole, body: whole.subarray(at), isBundle: true };
}

/** A piece of the compressed stream, as a message: what came of a Batch, or a Bundle, of that length. */
export function wrapPacked(data: Uint8Array, length: number, isBundle = false): Uint8Array {
  const message = { case: "packed", value: create(PackedSchema, { data, length, isBundle }) } as const;
  return toBinary(FromSenderSchema, create(FromSenderSchema, { message }));
}

type Of = Pick<Batch, "origin" | "partition">;

function headOf(of: Of, after: number, entries: readonly LinkEntry[]): Head {
  return { ...of, after, stamps: entries.map(({ stamp }) => stamp), wholeLength: 0 };
}

function payloadsOf(entries: readonly LinkEntry[]): Uint8Array[] {
  return entries.map(({ payload }) => payload);
}

function* encodeParts(of: Of, after: number, { stamp, payload }: LinkEntry, partBytes: number): Iterable<EncodedBatch> {
  for (let at = 0; at < payload.length; at += partBytes) {
    const part = payload.subarray(at, at + partBytes);
    yield encodeMessage({ ...of, after, stamps: [stamp], wholeLength: payload.length }, [part]);
  }
}

type Head = Pick<Batch, "origin" | "partition" | "after" | "stamps" | "wholeLength">;

/** Tags of length-delimited fields: `batch` and `bundle` of FromSender, `payloads` of Batch. */
const BUNDLE_TAG = (FromSenderSchema.field.bundle.number << 3) | 2;
const BATCH_TAG = (FromSenderSchema.field.batch.number << 3) | 2;
const PAYLOADS_TAG = (BatchSchema.field.payloads.number << 3) | 2;

/**
 * A FromSender with the batch in it. The fields of a message may come in any order, so the small ones are encoded by
 * the library and the payloads put behind them, copied once: that is two thirds of the sender's CPU saved.
 */
function encodeMessage(head: Head, payloads: readonly Uint8Array[]): EncodedBatch {
  let length = 0;
  let checksum = 0;
  for (const payload of payloads) {
    length += payload.length;
    checksum = crc32(payload, checksum);
  }
  const lengths = payloads.map((payload) => payload.length);
  const small = toBinary(BatchSchema, create(BatchSchema, { ...head, lengths, checksum }));
  const batchLength = small.length + 1 + varintLength(length) + length;
  const bytes = Buffer.allocUnsafe(1 + varintLength(batchLength) + batchLength);
  let at = writeVarint(bytes, 0, BATCH_TAG);
  at = writeVarint(bytes, at, batchLength);
  const bodyAt = at;
  bytes.set(small, at);
  at = writeVarint(bytes, at + small.length, PAYLOADS_TAG);
  at = writeVarint(bytes, at, length);
  for (const payload of payloads) {
    bytes.set(payload, at);
    at += payload.length;
  }
  return { whole: bytes, body: bytes.subarray(bodyAt) };
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length++;
  return length;
}

function writeVarint(bytes: Buffer, begin: number, value: number): number {
  let at = begin;
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes[at++] = (rest % 128) + 128;
  bytes[at++] = rest;
  return at;
}

/** Reads the batches of one stream; throws a RangeError on what can't be, after which the stream is of no use. */
export class BatchReader {
  /** `hasSlots`: each batch is of a partition. */
  constructor(private readonly hasSlots = false) {}

  private whole:
    | { origin: string; after: number; stamp: number; length: number; parts: Uint8Array[]; read: number }
    | undefined;

  /** The batch; undefined while parts of it are missing. */
  read(message: Batch): LinkBatch | undefined {
    checkMessage(message);
    if (message.wholeLength > 0 || this.whole !== undefined) return this.readPart(message);
    const { origin, after, stamps, lengths, payloads } = message;
    const entries: LinkEntry[] = [];
    let at = 0;
    for (let index = 0; index < stamps.length; index++) {
      const end = at + lengths[index]!;
      entries.push({ stamp: stamps[index]!, payload: payloads.subarray(at, end) });
      at = end;
    }
    return this.ofPartition(message, { origin, after, entries });
  }

  private ofPartition({ partition }: Batch, batch: LinkBatch): LinkBatch {
    if (!this.hasSlots) return batch;
    if (partition >= SLOTS) throw new RangeError(`a batch of partition ${partition}`);
    return { ...batch, partition };
  }

  private readPart(message: Batch): LinkBatch | undefined {
    const { origin, after, stamps, payloads, wholeLength: length } = message;
    const stamp = stamps[0]!;
    if (stamps.length !== 1 || length > linkLimits.payloadBytesMax) throw new RangeError("no part of a payload");
    const whole = (this.whole ??= { origin, after, stamp, length, parts: [], read: 0 });
    whole.read += payloads.length;
    const fits = whole.origin === origin && whole.after === after && whole.stamp === stamp && whole.length === length;
    if (!fits || whole.read > length || payloads.length === 0) throw new RangeError("parts of different payloads");
    whole.parts.push(payloads);
    if (whole.read < length) return undefined;
    this.whole = undefined;
    return this.ofPartition(message, { origin, after, entries: [{ stamp, payload: Buffer.concat(whole.parts) }] });
  }
}

function checkMessage({ origin, after, stamps, lengths, payloads, checksum }: Batch): void {
  if (origin === "" || origin.length > linkLimits.nameBytesMax) throw new RangeError("a batch without an origin");
  if (stamps.length === 0 || stamps.length > linkLimits.entriesMax || stamps.length !== lengths.length) {
    throw new RangeError(`a batch of ${stamps.length} stamps and ${lengths.length} payloads`);
  }
  let before = after;
  let total = 0;
  if (!isStamp(after)) throw new RangeError(`a batch after ${after}`);
  for (let index = 0; index < stamps.length; index++) {
    const stamp = stamps[index]!;
    if (!isStamp(stamp) || stamp <= before) throw new RangeError(`stamp ${stamp} behind ${before}`);
    before = stamp;
    total += lengths[index]!;
  }
  if (total !== payloads.length) throw new RangeError(`${payloads.length} bytes of payload, ${total} announced`);
  if (crc32(payloads) !== checksum) throw new RangeError("the checksum does not match");
}
