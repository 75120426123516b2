/**
 * What a partition knows of its whole deployment: the same for thousands of slots, so each text is kept once in a process, and
 * partitions share it. Never changed; a root that says something else names another one.
 */
import { ALL_ROOTS } from "./reserved.js";
import { splitList, splitSet } from "./text-list.js";

export interface Deployment {
  readonly region: string;
  /** All places in their order, those of regions that are gone among them; see membership.ts. */
  readonly regions: readonly string[];
  /** Regions that were removed or forgotten: nothing new is ever stamped by them. */
  readonly gone: Record<string, true | undefined>;
  /** Why this region takes no writes; "": it does. */
  readonly closed: string;
  /** The partition is a hash slot, one of many; else the whole server. */
  readonly isSlot: boolean;
  /** What names of users' keys must not begin with; see reserved.ts. */
  readonly reserved: string;
}

/** By all that it is made of; what was replaced is forgotten with the others. */
let known: Record<string, Deployment | undefined> = {};
let count = 0;
const KNOWN_MAX = 64;

export function deploymentOf(root: string, state: Record<string, string | undefined>, isSlot: boolean): Deployment {
  const { region = "", regions = "", gone = "", closed = "" } = state;
  const reserved = isSlot ? ALL_ROOTS : root;
  const text = [reserved, region, regions, gone, closed].join("\n");
  const found = known[text];
  if (found !== undefined) return found;
  if (count >= KNOWN_MAX) {
    known = {};
    count = 0;
  }
  const deployment = { region, regions: splitList(regions), gone: splitSet(gone), closed, isSlot, reserved };
  known[text] = deployment;
  count++;
  return deployment;
}
