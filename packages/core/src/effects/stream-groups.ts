/**
 * What holds a stream, and its groups: `<root>:g:<key>`.
 *
 *     l          msgpack [stamp origin maker ...]: its lives. XADD on an absent key makes one, and XGROUP CREATE, which is
 *                then its maker; so does what takes the last entry of a stream without a life, for Redis keeps it
 *     g<group>   msgpack [from stamp origin [stamp origin ...] ...]: where the group began to read here, and its creations,
 *                each with the lives that it saw
 *
 * A stream lives while an entry or a life does, a group while one of its creations does, and a creation while one of its
 * lives does: so a DEL beats the XGROUP CREATE that had not seen it, and entries survive it.
 *
 * Cursor, consumers and pending entries of a group are the native ones, each region's own.
 */
import { host, type Packed } from "../host.js";
import type { Author } from "../log/operation.js";
import { indexOfOrigin, isAfter, type Partition, type Vector } from "../state/partition.js";
import { covers } from "../types/cell.js";
import { dropAllLate } from "./stream-late.js";
import { dropStream, type Stream } from "./stream-open.js";

export interface Life {
  readonly stamp: number;
  readonly origin: number;
  /** The group whose creation made it; false where no group's did. */
  readonly maker: string | false;
}

export interface Creation {
  readonly stamp: number;
  readonly origin: number;
  /** [stamp origin ...] of the lives it saw. */
  readonly lives: number[];
}

export interface Group {
  /** What lies up to here is not the group's to read in this region. */
  from: string;
  creations: Creation[];
}

export const LIVES = "l";

function groupField(group: string): string {
  return "g" + group;
}

export function livesOf({ holders }: Stream): Life[] {
  const stored = host.call("HGET", holders, LIVES);
  return typeof stored === "string" ? decodeLives(stored) : [];
}

function decodeLives(stored: string): Life[] {
  const flat = host.unpackOwn(stored) as Packed[];
  const lives: Life[] = [];
  for (let at = 0; at < flat.length; at += 3) {
    lives.push({ stamp: flat[at] as number, origin: flat[at + 1] as number, maker: flat[at + 2] as string | false });
  }
  return lives;
}

function storeLives(holders: string, lives: Life[]): void {
  const flat: Packed[] = [];
  for (const { stamp, origin, maker } of lives) flat.push(stamp, origin, maker);
  if (flat.length > 0) host.call("HSET", holders, LIVES, host.pack(flat));
  else host.call("HDEL", holders, LIVES);
}

/** A new life of the author's dot. */
export function addLife(stream: Stream, author: Author, maker: string | false): void {
  const lives = livesOf(stream);
  lives.push({ stamp: author.stamp, origin: author.origin, maker });
  storeLives(stream.holders, lives);
}

/** The same where nothing is there yet. */
export function firstLife(holders: string, stamp: number, origin: number): void {
  host.call("HSET", holders, LIVES, host.pack([stamp, origin, false]));
}

/** Lives as operations name them: [origin stamp ...]. */
export function packLives(partition: Partition, lives: Life[]): Packed[] {
  const flat: Packed[] = [];
  for (const { stamp, origin } of lives) flat.push(partition.origins[origin]!, stamp);
  return flat;
}

export function unpackLives(partition: Partition, flat: Packed[]): number[] {
  const dots: number[] = [];
  for (let at = 0; at < flat.length; at += 2) {
    dots.push(flat[at + 1] as number, indexOfOrigin(partition, flat[at] as string));
  }
  return dots;
}

export function hasGroup(holders: string, group: string): boolean {
  return host.call("HEXISTS", holders, groupField(group)) === 1;
}

export function readGroup(holders: string, group: string): Group | undefined {
  const stored = host.call("HGET", holders, groupField(group));
  return typeof stored === "string" ? decodeGroup(stored) : undefined;
}

function decodeGroup(stored: string): Group {
  const flat = host.unpackOwn(stored) as Packed[];
  const creations: Creation[] = [];
  for (let at = 1; at < flat.length; at += 3) {
    creations.push({ stamp: flat[at] as number, origin: flat[at + 1] as number, lives: flat[at + 2] as number[] });
  }
  return { from: flat[0] as string, creations };
}

export function storeGroup(holders: string, name: string, { from, creations }: Group): void {
  const flat: Packed[] = [from];
  for (const { stamp, origin, lives } of creations) flat.push(stamp, origin, lives);
  host.call("HSET", holders, groupField(name), host.pack(flat));
}

/** Calls back for every group. */
export function eachGroup(holders: string, visit: (name: string, group: Group) => void): void {
  const flat = host.call("HGETALL", holders) as string[];
  for (let at = 0; at < flat.length; at += 2) {
    const field = flat[at]!;
    if (field !== LIVES) visit(field.substring(1), decodeGroup(flat[at + 1]!));
  }
}

/** Whether one of the lives that the creation saw is still there. */
export function isHeld(lives: Life[], named: number[]): boolean {
  for (let at = 0; at < named.length; at += 2) {
    for (const { stamp, origin } of lives) if (stamp === named[at] && origin === named[at + 1]) return true;
  }
  return false;
}

/** Any time that never comes: what is given it and then takes it back, the server counts as changed. */
const NEVER_MS = "8640000000000000";

/** The group is gone here. The server does not count that as a change of the key, so who waits for the group would not wake. */
export function dropGroup({ partition, state, native, holders }: Stream, name: string): void {
  host.call("XGROUP", "DESTROY", native, name);
  if (native === state.key) {
    host.call("PEXPIREAT", native, NEVER_MS);
    if (state.nativeDeadline > 0) host.call("PEXPIREAT", native, host.integerText(state.nativeDeadline));
    else host.call("PERSIST", native);
  }
  host.call("HDEL", holders, groupField(name));
  dropAllLate(partition.root, state.key, name);
}

/** Takes away what the author saw, lives and groups; true where something was removed. */
export function clearHolders(stream: Stream, context: Vector | undefined): boolean {
  return keepHolders(
    stream,
    (life) => !covers(context, life.stamp, life.origin),
    (creation) => !covers(context, creation.stamp, creation.origin),
  );
}

/** The lives that creations of the group made and that the author of its destroy had not seen go with it. */
export function dropMadeLives(stream: Stream, group: string, context: Vector | undefined): void {
  keepHolders(
    stream,
    (life) => life.maker !== group || covers(context, life.stamp, life.origin),
    () => true,
  );
}

/** Keeps those lives and creations; what they held goes too. */
function keepHolders(
  stream: Stream,
  isLifeKept: (life: Life) => boolean,
  isCreationKept: (creation: Creation) => boolean,
): boolean {
  const { holders } = stream;
  const before = livesOf(stream);
  const lives: Life[] = [];
  for (const life of before) if (isLifeKept(life)) lives.push(life);
  let changed = lives.length < before.length;
  if (changed) storeLives(holders, lives);
  eachGroup(holders, (name, { from, creations }) => {
    const kept: Creation[] = [];
    for (const creation of creations) {
      if (isCreationKept(creation) && isHeld(lives, creation.lives)) kept.push(creation);
    }
    if (kept.length === creations.length) return;
    changed = true;
    if (kept.length === 0) dropGroup(stream, name);
    else storeGroup(holders, name, { from, creations: kept });
  });
  return changed;
}

/** Where neither entries nor lives are left the stream is gone. */
export function dropIfUnheld(stream: Stream): void {
  if (host.call("EXISTS", stream.side) === 0 && livesOf(stream).length === 0) dropStream(stream);
}

/** The newest dot of lives and creations. */
export function newestOfHolders(stream: Stream): [number, number] | undefined {
  const { partition, holders } = stream;
  let best: [number, number] | undefined;
  const consider = (stamp: number, origin: number): void => {
    if (best === undefined || isAfter(partition, stamp, origin, best[0], best[1])) best = [stamp, origin];
  };
  for (const { stamp, origin } of livesOf(stream)) consider(stamp, origin);
  eachGroup(holders, (_name, { creations }) => {
    for (const { stamp, origin } of creations) consider(stamp, origin);
  });
  return best;
}
