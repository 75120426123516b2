/** A stream, opened: where its parts are. */
import { host } from "../host.js";
import { claim, forget, nativeOf, type KeyState } from "../state/key-state.js";
import { groupsKey, lateKey, sideKey } from "../state/names.js";
import type { Partition } from "../state/partition.js";

export interface Stream {
  readonly partition: Partition;
  readonly state: KeyState;
  /** The stream as Redis has it. */
  readonly native: string;
  /** The list of its records. */
  readonly side: string;
  /** What holds it, and its groups. */
  readonly holders: string;
}

/** Undefined where there is none, or where the server has nothing of it. */
export function livingStream(partition: Partition, state: KeyState): Stream | undefined {
  if (state.alive["x"] !== true) return undefined;
  const stream = openStream(partition, state);
  if (host.call("EXISTS", stream.native) === 1) return stream;
  dropStream(stream);
  return undefined;
}

/** One that is alive; nothing of it is looked at. */
export function openStream(partition: Partition, state: KeyState): Stream {
  return streamOf(partition, state, nativeOf(partition, state, "x"));
}

/** Before something of it is written: it lives. */
export function claimStream(partition: Partition, state: KeyState): Stream {
  return livingStream(partition, state) ?? streamOf(partition, state, claim(partition, state, "x"));
}

function streamOf(partition: Partition, state: KeyState, native: string): Stream {
  const { root } = partition;
  return { partition, state, native, side: sideKey(root, "x", state.key), holders: groupsKey(root, state.key) };
}

/** Nothing is left of it. */
export function dropStream({ partition, state }: Stream): void {
  forget(partition, state, "x");
  host.call("UNLINK", ...streamSides(partition.root, state.key));
}

export function streamSides(root: string, key: string): string[] {
  return [sideKey(root, "x", key), groupsKey(root, key), lateKey(root, key)];
}
