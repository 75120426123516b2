/** Bytes as a line of text: as they are where they print, quoted or as base64 where not, shortened to a cell. */
import type { Bytes } from "@meridian/agent/api";

const CELL_WIDTH_MAX = 48;

export function bytesText(bytes: Bytes): string {
  if (typeof bytes !== "string") return `base64:${bytes.base64}`;
  return /^[^\p{Cc}]*$/u.test(bytes) ? bytes : JSON.stringify(bytes);
}

/** Fields and values one after the other. */
export function pairsText(pairs: readonly (readonly [Bytes, Bytes])[]): string {
  return pairs.map(([name, value]) => `${bytesText(name)} ${bytesText(value)}`).join(" ");
}

export function shortened(text: string, widthMax = CELL_WIDTH_MAX): string {
  return text.length <= widthMax ? text : `${text.slice(0, widthMax - 3)}...`;
}
