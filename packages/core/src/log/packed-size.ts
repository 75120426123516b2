/** How many bytes a value takes in a log entry, at most: what MessagePack puts before each part is counted with it. */
import type { Packed } from "../host.js";

/** Before a text or a list of parts. */
const HEAD_BYTES = 5;
const NUMBER_BYTES = 9;

export function packedSize(value: Packed): number {
  if (typeof value === "string") return value.length + HEAD_BYTES;
  if (typeof value !== "object") return NUMBER_BYTES;
  let size = HEAD_BYTES;
  for (const part of value) size += packedSize(part);
  return size;
}
