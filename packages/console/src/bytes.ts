/**
 * Bytes as text that is safe to look at: what is not printable shows as \xNN, and nothing is ever markup (React puts it in
 * as text). Direction marks and other invisible characters of Unicode would make a value look like another one, so they
 * show as what they are. Pure.
 */
import type { Bytes } from "@meridian/agent/api";

/** Controls, separators, marks of direction, joiners: seen as \u{...}. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu;

export function bytesOfBase64(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

export function base64OfBytes(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

export function base64OfText(text: string): string {
  return base64OfBytes(new TextEncoder().encode(text));
}

export function base64Of(bytes: Bytes): string {
  return typeof bytes === "string" ? base64OfText(bytes) : bytes.base64;
}

export function isBinary(bytes: Bytes): boolean {
  return typeof bytes !== "string";
}

export function shownText(bytes: Bytes): string {
  if (typeof bytes === "string") return bytes.replaceAll(INVISIBLE, escaped);
  return Array.from(bytesOfBase64(bytes.base64), (byte) => {
    const character = String.fromCharCode(byte);
    return byte >= 0x20 && byte < 0x7f && character !== "\\" ? character : `\\x${hex(byte, 2)}`;
  }).join("");
}

function escaped(character: string): string {
  if (character === "\n") return "\\n";
  if (character === "\t") return "\\t";
  if (character === "\r") return "\\r";
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${hex(code, 2)}` : `\\u{${hex(code, 4)}}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}

export function isSame(a: Bytes, b: Bytes): boolean {
  return base64Of(a) === base64Of(b);
}

/** A long text, cut in the middle of nothing: its beginning, and how much there is. */
export function cutText(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : `${text.slice(0, lengthMax)}…`;
}
