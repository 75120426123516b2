/**
 * Bytes of keys and values in JSON, nothing lost: text where they are UTF-8, `{"base64"}` where not. The core writes
 * them raw into the texts of its JSON, so an answer of it is no UTF-8: `coreJson` reads it byte by byte.
 */
import type { Bytes } from "./documents.js";

const ENCODED = "base64:";

/** Cut to `bytesMax`; of a text no character is cut in two. */
export function bytesOf(bytes: Buffer, bytesMax = Infinity): Bytes {
  if (bytes.length <= bytesMax) return textOfBytes(bytes) ?? { base64: bytes.toString("base64") };
  const shown = bytes.subarray(0, bytesMax);
  for (let spare = 0; spare < 4; spare++) {
    const text = textOfBytes(shown.subarray(0, shown.length - spare));
    if (text !== undefined) return text;
    if (!isContinued(shown, shown.length - 1 - spare)) break;
  }
  return { base64: shown.toString("base64") };
}

/** Of a character that may go on behind the cut. */
function isContinued(bytes: Buffer, at: number): boolean {
  return (bytes[at] ?? 0) >= 0x80;
}

function textOfBytes(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** What the core answered, each character of a text one byte; see `bytesOfCore` and `exact`. */
export function coreJson(reply: unknown): unknown {
  if (!Buffer.isBuffer(reply)) throw new Error("the function library answered no text");
  return JSON.parse(reply.toString("latin1"));
}

export function bytesOfCore(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

/** The whole answer with its texts as `Bytes`, and its names as `nameOf` spells them. */
export function exact(value: unknown): unknown {
  if (typeof value === "string") return bytesOf(bytesOfCore(value));
  if (Array.isArray(value)) return value.map(exact);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [nameOf(bytesOfCore(name)), exact(inner)]));
}

/** A name in a JSON object is a text, so what is not UTF-8 is "base64:..."; a name that looks like that is so too. */
function nameOf(bytes: Buffer): string {
  const name = bytesOf(bytes);
  return typeof name === "string" && !name.startsWith(ENCODED) ? name : ENCODED + bytes.toString("base64");
}
