/**
 * What FUNCTION DUMP gives and FUNCTION RESTORE takes, in the form of the servers, so that libraries come and go between them
 * and Meridian: for each library a byte that says so, and its text; then the version of the form, and a checksum of all.
 *
 * Texts may come compressed: those the server itself unpacks, as a string that it restores to the scratch key.
 */
import { errors, isRefused, refuse, type ErrorReply } from "../errors.js";
import { errorOf, host } from "../host.js";

const LIBRARY = 0xf5;
const STRING = "\0";
const VERSION_BYTES = 2;
const CHECKSUM_BYTES = 8;
const FOOTER_BYTES = 10;
/** The two upper bits of a length's first byte say how it goes on. */
const ONE_BYTE = 0;
const TWO_BYTES = 1;
const LONG = 2;
const FOUR_BYTES = 0x80;
const EIGHT_BYTES = 0x81;
const COMPRESSED = 0xc3;

/** `scratch` is the scratch key; undefined where there is no Lua. */
export function dumpOf(codes: readonly string[], scratch: string): string | ErrorReply {
  const engine = host.scripts;
  if (engine === undefined) return refuse(errors.noScripts);
  let body = "";
  for (const code of codes) body += String.fromCharCode(LIBRARY) + lengthBytes(code.length) + code;
  body += formVersion(scratch);
  return body + engine.checksum(body);
}

function lengthBytes(length: number): string {
  return String.fromCharCode(
    FOUR_BYTES,
    Math.floor(length / 16777216) % 256,
    Math.floor(length / 65536) % 256,
    Math.floor(length / 256) % 256,
    length % 256,
  );
}

/** Of the form that this server writes, and up to which it reads. */
function formVersion(scratch: string): string {
  host.call("SET", scratch, "");
  const dumped = host.call("DUMP", scratch) as string;
  host.call("UNLINK", scratch);
  return dumped.substring(dumped.length - FOOTER_BYTES, dumped.length - CHECKSUM_BYTES);
}

/** The texts in the payload, or Redis's error about it. */
export function codesIn(payload: string, scratch: string): string[] | ErrorReply {
  const engine = host.scripts;
  if (engine === undefined) return refuse(errors.noScripts);
  const end = payload.length - FOOTER_BYTES;
  if (end < 0) return refuse(errors.badDump);
  const own = formVersion(scratch);
  if (versionOf(payload, end) > versionOf(own, 0)) return refuse(errors.badDump);
  const summed = end + VERSION_BYTES;
  if (engine.checksum(payload.substring(0, summed)) !== payload.substring(summed)) return refuse(errors.badDump);
  const codes: string[] = [];
  let at = 0;
  while (at < end) {
    if (payload.charCodeAt(at) !== LIBRARY) return refuse("ERR given type is not a function");
    const text = textAt(payload, at + 1, end, scratch);
    if (isRefused(text)) return text;
    codes.push(text.code);
    at = text.next;
  }
  return codes;
}

function versionOf(text: string, at: number): number {
  return text.charCodeAt(at) + text.charCodeAt(at + 1) * 256;
}

interface Text {
  readonly code: string;
  readonly next: number;
}

function textAt(payload: string, at: number, end: number, scratch: string): Text | ErrorReply {
  const broken = refuse("ERR Failed loading library payload");
  if (at >= end) return broken;
  if (payload.charCodeAt(at) === COMPRESSED) return compressedAt(payload, at, end, scratch) ?? broken;
  const length = lengthAt(payload, at, end);
  if (length === undefined || length.next + length.value > end) return broken;
  const next = length.next + length.value;
  return { code: payload.substring(length.next, next), next };
}

/** Its length compressed, its length, and so many bytes. */
function compressedAt(payload: string, at: number, end: number, scratch: string): Text | undefined {
  const packed = lengthAt(payload, at + 1, end);
  const whole = packed === undefined ? undefined : lengthAt(payload, packed.next, end);
  if (packed === undefined || whole === undefined || whole.next + packed.value > end) return undefined;
  const next = whole.next + packed.value;
  const body = STRING + payload.substring(at, next) + payload.substring(end, end + VERSION_BYTES);
  const restored = host.pcall("RESTORE", scratch, "0", body + host.scripts!.checksum(body));
  if (errorOf(restored) !== undefined) return undefined;
  const code = host.call("GET", scratch) as string;
  host.call("UNLINK", scratch);
  return { code, next };
}

interface Length {
  readonly value: number;
  readonly next: number;
}

function lengthAt(payload: string, at: number, end: number): Length | undefined {
  if (at >= end) return undefined;
  const first = payload.charCodeAt(at);
  const kind = Math.floor(first / 64);
  if (kind === ONE_BYTE) return { value: first, next: at + 1 };
  const bytes = kind === TWO_BYTES ? 1 : first === FOUR_BYTES ? 4 : first === EIGHT_BYTES ? 8 : 0;
  const next = at + 1 + bytes;
  if (bytes === 0 || kind > LONG || next > end) return undefined;
  let value = kind === TWO_BYTES ? first % 64 : 0;
  for (let place = at + 1; place < next; place++) value = value * 256 + payload.charCodeAt(place);
  return { value, next };
}
