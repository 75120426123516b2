/**
 * Pages of large values, taken in (sync/large-values.ts): collected under names of their own, where nobody sees them, until the piece
 * with their bucket comes. Whatever begins with the first page again drops what is there.
 *
 *     <root>:im   field page: how many are here
 *     <root>:ip   set: the names under which they are collected
 */
import { host, integerOf } from "../host.js";
import type { AggregateCode } from "../state/codec.js";
import { nativeOf, type KeyState } from "../state/key-state.js";
import { importKey, pageNamesKey, pagedNativeKey, pagedSideKey, sideKey } from "../state/names.js";
import type { Partition } from "../state/partition.js";
import { carriers } from "./carriers.js";
import { originMap } from "./origin-map.js";
import type { Page } from "./piece.js";

const PAGE = "page";

/** How many pages are here. */
function pagesHere(root: string): number {
  const stored = host.call("HGET", importKey(root), PAGE);
  return typeof stored === "string" ? integerOf(stored) : 0;
}

/** False where the page is not the next one. */
export function takePage(partition: Partition, page: Page): boolean {
  const { root } = partition;
  if (page.number === 0) dropPages(root);
  else if (page.number !== pagesHere(root)) return false;
  const { key, code } = page;
  const native = pagedNativeKey(root, code, key);
  const side = pagedSideKey(root, code, key);
  host.call("SADD", pageNamesKey(root), native, side);
  carriers[code].pages?.put(originMap(partition, page.origins), native, side, page.parts);
  host.call("HSET", importKey(root), PAGE, host.integerText(page.number + 1));
  return true;
}

/** True where all pages that a piece speaks of are here. */
export function havePages(root: string, wanted: number): boolean {
  return wanted === 0 || pagesHere(root) === wanted;
}

/** The value that they make takes its place, where nothing is. */
export function placePages(partition: Partition, state: KeyState, code: AggregateCode): void {
  const { root } = partition;
  const native = pagedNativeKey(root, code, state.key);
  const side = pagedSideKey(root, code, state.key);
  if (host.call("EXISTS", native) === 1) host.call("RENAME", native, nativeOf(partition, state, code));
  if (host.call("EXISTS", side) === 1) host.call("RENAME", side, sideKey(root, code, state.key));
}

/** Of pages nothing is left. */
export function dropPages(root: string): void {
  const names = host.call("SMEMBERS", pageNamesKey(root)) as string[];
  if (names.length > 0) host.call("UNLINK", pageNamesKey(root), ...names);
  host.call("HDEL", importKey(root), PAGE);
}
