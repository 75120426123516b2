/**
 * Names of traces and spans, made of the stamp of the write: every region makes the same ones by itself, so nothing about a
 * trace has to travel with an entry. Whether a write is traced at all is decided so too.
 */
import { createHash } from "node:crypto";

const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;
const FRACTION_BYTES = 6;

/** `part`: which of the write's spans; "": the write itself. */
export interface TracedWrite {
  origin: string;
  stamp: number;
}

export function traceIdOf(write: TracedWrite): string {
  return digest(write, "trace").toString("hex", 0, TRACE_ID_BYTES);
}

/** The way to a region, what it does there, or "write": all of it. */
export function spanIdOf(write: TracedWrite, part: string): string {
  return digest(write, `span ${part}`).toString("hex", 0, SPAN_ID_BYTES);
}

/** The same answer in every region whose rate is the same. */
export function isSampled(write: TracedWrite, rate: number): boolean {
  if (rate >= 1) return true;
  return digest(write, "sample").readUIntBE(0, FRACTION_BYTES) / 2 ** (8 * FRACTION_BYTES) < rate;
}

function digest({ origin, stamp }: TracedWrite, use: string): Buffer {
  return createHash("sha256").update(`${use}\n${origin}\n${stamp}`).digest();
}
