/**
 * What sales of bounded counters lacked here of late, until the region's agent asks the others for it: in the server's memory
 * only, for it changes nothing and may be lost. Where partitions are hash slots the node remembers, likewise, in which of them
 * something lacked or was wished for, so that the agent needs not ask each.
 */
import { host } from "../host.js";
import type { Partition } from "./partition.js";
import { rootOfWishes } from "./reserved.js";

export interface Lacks {
  readonly keys: string[];
  readonly amounts: Record<string, number | undefined>;
}

/** Keys that are remembered. */
const LACKS_MAX = 1000;

function nameOf({ root }: Partition): string {
  return `lacks ${root}`;
}

export function rememberLack(partition: Partition, key: string, amount: number): void {
  const name = nameOf(partition);
  const lacks = (host.memory[name] as Lacks | undefined) ?? { keys: [], amounts: {} };
  host.memory[name] = lacks;
  if (lacks.amounts[key] === undefined) {
    if (lacks.keys.length >= LACKS_MAX) return;
    lacks.keys.push(key);
  }
  lacks.amounts[key] = amount;
  if (partition.deployment.isSlot) rememberRoot(partition.root);
}

/** All that is remembered, which is forgotten. */
export function takeLacks(partition: Partition): Lacks {
  const name = nameOf(partition);
  const lacks = (host.memory[name] as Lacks | undefined) ?? { keys: [], amounts: {} };
  delete host.memory[name];
  return lacks;
}

interface Roots {
  readonly all: string[];
  readonly has: Record<string, true | undefined>;
}

const MEMORY_NAME = "bounded";

function rootsOf(): Roots {
  const known = host.memory[MEMORY_NAME] as Roots | undefined;
  if (known !== undefined) return known;
  const roots: Roots = { all: [], has: {} };
  host.memory[MEMORY_NAME] = roots;
  return roots;
}

function rememberRoot(root: string): void {
  const roots = rootsOf();
  if (roots.has[root] === true) return;
  roots.has[root] = true;
  roots.all.push(root);
}

/** An operation from elsewhere names this key, in a deployment of slots. */
export function rememberWish(key: string): void {
  const root = rootOfWishes(key);
  if (root !== undefined) rememberRoot(root);
}

/** The roots that are remembered, which are forgotten. */
export function takeRoots(): string[] {
  const { all } = rootsOf();
  host.memory[MEMORY_NAME] = undefined;
  return all;
}
