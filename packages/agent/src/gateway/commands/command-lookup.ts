/** From a name's bytes, in any case of letters, to its entry; without making a string. */
import { type CommandEntry, commandTable } from "@meridian/core";

export const NAME_BYTES_MAX = 32;

interface Slot {
  readonly bytes: Uint8Array;
  readonly entry: CommandEntry;
}

const SLOTS = 2048;

const slots: (Slot | undefined)[] = Array.from({ length: SLOTS });
for (const entry of commandTable) {
  const bytes = Buffer.from(entry.name, "latin1");
  let at = hashOf(bytes, 0, bytes.length);
  while (slots[at] !== undefined) at = (at + 1) % SLOTS;
  slots[at] = { bytes, entry };
}

export function lookUp(buffer: Uint8Array, start: number, end: number): CommandEntry | undefined {
  const length = end - start;
  if (length > NAME_BYTES_MAX) return undefined;
  for (let at = hashOf(buffer, start, end); ; at = (at + 1) % SLOTS) {
    const slot = slots[at];
    if (slot === undefined) return undefined;
    if (slot.bytes.length === length && sameName(slot.bytes, buffer, start)) return slot.entry;
  }
}

function hashOf(buffer: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + lower(buffer[at] as number)) | 0;
  return (hash ^ (hash >>> 11)) & (SLOTS - 1);
}

function sameName(name: Uint8Array, buffer: Uint8Array, start: number): boolean {
  for (let index = 0; index < name.length; index++) {
    if (name[index] !== lower(buffer[start + index] as number)) return false;
  }
  return true;
}

function lower(byte: number): number {
  return byte >= 65 && byte <= 90 ? byte | 32 : byte;
}
