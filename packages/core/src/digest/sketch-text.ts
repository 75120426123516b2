/**
 * The registers of a HyperLogLog, whatever encoding its server chose and whatever count it keeps in the header: the bytes
 * of the dense encoding behind its header. Runs are written out to them.
 */
import { isSketch } from "../types/sketch-bytes.js";

const HEADER_BYTES = 16;
const ENCODING_AT = 4;
const DENSE = 0;
const MANY_ZEROS = 0x40;
const VALUES = 0x80;
/** Four registers of six bits are three bytes. */
const GROUP = 4;
const ZERO_GROUP = String.fromCharCode(0, 0, 0);

/** Undefined where the text is no whole HyperLogLog. */
export function sketchText(bytes: string): string | undefined {
  if (!isSketch(bytes)) return undefined;
  if (bytes.charCodeAt(ENCODING_AT) === DENSE) return bytes.substring(HEADER_BYTES, bytes.length);
  return denseOf(bytes);
}

/** Registers are packed from the lowest bits of each byte on. */
function denseOf(bytes: string): string {
  const pieces: string[] = [];
  let group = 0;
  let filled = 0;
  let weight = 1;
  for (let at = HEADER_BYTES; at < bytes.length; at++) {
    const code = bytes.charCodeAt(at);
    let count = code + 1;
    let value = 0;
    if (code >= VALUES) {
      count = (code % 4) + 1;
      value = Math.floor((code - VALUES) / 4) + 1;
    } else if (code >= MANY_ZEROS) {
      at++;
      count = (code - MANY_ZEROS) * 256 + bytes.charCodeAt(at) + 1;
    }
    while (count > 0) {
      if (filled === 0 && value === 0 && count >= GROUP) {
        const groups = Math.floor(count / GROUP);
        pieces.push(ZERO_GROUP.repeat(groups));
        count -= groups * GROUP;
      } else {
        group += value * weight;
        weight = weight * 64;
        filled++;
        count--;
        if (filled === GROUP) {
          pieces.push(String.fromCharCode(group % 256, Math.floor(group / 256) % 256, Math.floor(group / 65536)));
          group = 0;
          filled = 0;
          weight = 1;
        }
      }
    }
  }
  return pieces.join("");
}
