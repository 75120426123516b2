/**
 * Q name code: a user's function library was loaded, or deleted where the code is false.
 *
 * A library is a register, as a string is: the latest load shows, what was loaded concurrently is kept beside it until
 * somebody loads or deletes having seen it, and a delete takes away what it saw. They are kept in one hash,
 *
 *     <root>:f    name -> [stamp origin code ...]
 *
 * which FLUSHALL leaves alone, as Redis does. The name is no key of a user's.
 */
import { host, type Packed } from "../host.js";
import type { OperationKind } from "../effects/operation-kind.js";
import type { Author, Operation } from "../log/operation.js";
import { isTextOrFalse } from "../log/shapes.js";
import { librariesKey } from "../state/names.js";
import { indexOfOrigin, isAfter, type Partition } from "../state/partition.js";
import { covers } from "../types/cell.js";
import { isName } from "./shebang.js";

/** A library as it is kept. */
export interface StoredLibrary {
  readonly name: string;
  readonly stamp: number;
  readonly origin: string;
  readonly code: string;
}

/** [stamp origin code] */
const REGISTER_LENGTH = 3;

/** Counts what was loaded and deleted in this process: what is made of the libraries is then made anew. */
export const libraryChanges = { count: 0 };

function libraryEffect(partition: Partition, operation: Operation, author: Author): number {
  const [, name, code] = operation as [string, string, string | false];
  const key = librariesKey(partition.root);
  const stored = host.call("HGET", key, name);
  const kept: Packed[] = [];
  const registers = typeof stored === "string" ? (host.unpackOwn(stored) as Packed[]) : [];
  for (let at = 0; at < registers.length; at += REGISTER_LENGTH) {
    const origin = registers[at + 1] as string;
    if (covers(author.context, registers[at] as number, indexOfOrigin(partition, origin))) continue;
    kept.push(registers[at]!, origin, registers[at + 2]!);
  }
  const before = kept.length;
  if (code !== false) kept.push(author.stamp, partition.origins[author.origin]!, code);
  if (kept.length > 0) host.call("HSET", key, name, host.pack(kept));
  else host.call("HDEL", key, name);
  libraryChanges.count++;
  return before < registers.length ? 1 : 0;
}

/** Every library, as the latest load made it. */
export function storedLibraries(partition: Partition): StoredLibrary[] {
  const flat = host.call("HGETALL", librariesKey(partition.root)) as string[];
  const all: StoredLibrary[] = [];
  for (let at = 0; at < flat.length; at += 2) {
    const registers = host.unpackOwn(flat[at + 1]!) as Packed[];
    let best = libraryAt(flat[at]!, registers, 0);
    for (let from = REGISTER_LENGTH; from < registers.length; from += REGISTER_LENGTH) {
      const other = libraryAt(flat[at]!, registers, from);
      if (isLater(partition, other, best)) best = other;
    }
    all.push(best);
  }
  return all;
}

function libraryAt(name: string, registers: Packed[], at: number): StoredLibrary {
  return {
    name,
    stamp: registers[at] as number,
    origin: registers[at + 1] as string,
    code: registers[at + 2] as string,
  };
}

export function isLater(partition: Partition, one: StoredLibrary, other: StoredLibrary): boolean {
  const left = indexOfOrigin(partition, one.origin);
  return isAfter(partition, one.stamp, left, other.stamp, indexOfOrigin(partition, other.origin));
}

export const libraryOperations: Record<string, OperationKind> = {
  Q: {
    length: 3,
    isRight: (o) => typeof o[1] === "string" && isName(o[1]) && isTextOrFalse(o[2]),
    apply: libraryEffect,
  },
};
