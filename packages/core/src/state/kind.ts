/**
 * What the core must know of a type whose value has parts: hash, set, sorted set, list, stream, HyperLogLog.
 *
 * Its value is one native key: under the user's name while the type shows, under `hiddenKey` while another hides it. What
 * is kept about its parts lies in side keys. The kinds are listed in effects/kinds.ts; here is only where they are found,
 * for what is below them must call them.
 */
import type { Packed } from "../host.js";
import type { Author } from "../log/operation.js";
import type { AggregateCode } from "./codec.js";
import type { KeyState } from "./key-state.js";
import type { Partition } from "./partition.js";

export interface Kind {
  readonly code: AggregateCode;
  /** As TYPE gives it; "hyperloglog" where TYPE says "string". */
  readonly name: string;
  /** The newest dot that lives in the key, [stamp, origin]. */
  newest(this: void, partition: Partition, state: KeyState): [number, number] | undefined;
  /** Takes away what the author saw; true where something was removed. Calls `forget` where nothing is left. */
  clear(this: void, partition: Partition, state: KeyState, author: Author, keyResets: Packed[]): boolean;
  /** Adds [code, part, resets] to `flat` for each part that holds counters. */
  addResets(this: void, partition: Partition, state: KeyState, flat: Packed[]): void;
  /** The keys of metadata beside the native one; they may be absent. */
  sides(this: void, root: string, key: string): string[];
  /** The whole value in the form that a P carries: texts, or one text. The name is that of the native key. */
  read(this: void, native: string): Packed;
  /** True where the value is one of this kind, as `read` gives it. */
  isValue(this: void, value: Packed): boolean;
  /** Adds the whole value, as `read` gives it, under the author's dot; the caller has cleared and settles. */
  put(this: void, partition: Partition, state: KeyState, value: Packed, author: Author): void;
  /** Calls back for every register that lost to a concurrent one: the part it is of, its value, its dot. */
  eachLoser(
    this: void,
    partition: Partition,
    state: KeyState,
    visit: (this: void, part: string, value: string, stamp: number, origin: number) => void,
  ): void;
  /** JSON of what is kept about the parts, at most PARTS_MAX of them (state/json.ts). */
  describe(this: void, partition: Partition, state: KeyState): string;
}

/** By their codes. */
export const kinds: Record<string, Kind | undefined> = {};

export function kindOf(code: AggregateCode): Kind {
  return kinds[code]!;
}
