/**
 * Operations: what a log entry carries. Arrays, so that packing them is cheap and their bytes are the same everywhere.
 *
 *     S key value keyResets expiresAt           SET: clears all it saw; the value has its own expiry (0 never)
 *     A key value keyResets keep dropDeadlines  a value written under the key's deadline: APPEND, SETRANGE, KEEPTTL
 *     I key field epoch previousSum previousStamp sum isFloat keep   an increment; field is false for a string
 *     H key [field value resets ...] keep       HSET
 *     R key [field resets ...] emptied keep     HDEL
 *     Y key [member score resets ...] keep      ZADD
 *     U key [member resets ...] emptied keep    ZREM, ZPOPMIN
 *     J key member epoch ...                    ZINCRBY: as I
 *     E key [member ...] keep                   SADD
 *     F key [member ...] emptied keep           SREM, SPOP
 *     G key [origin stamp ...] [element ...] keep   PFADD into the sketches named by their creation; none: a new one
 *     C key [origin stamp ...] bytes keep       PFMERGE: the union of the sources
 *     L key side firstIndex [value ...] keep    LPUSH ("l"), RPUSH ("r")
 *     N key prefix index value keep             LINSERT: what the element's place begins with (types/list-place.ts)
 *     W key place value keep                    LSET
 *     B key [from to ...] emptied keep          LPOP, LREM, LTRIM: ranges of places; to "" is from
 *     a key id [field value ...] keep           XADD; a stream begins where it is fresh
 *     d key [id ...] life keep                  XDEL; life 1: the stream stays without entries, though nothing else held it
 *     t key id life keep                        XTRIM: all seen up to the id
 *     i key id                                  XSETID
 *     g key group start read [origin stamp ...] keep   XGROUP CREATE on the lives named; none: it makes one
 *     k key group emptied                       XGROUP DESTROY; emptied 1: the stream, without entries, goes with it
 *     p key group from to                       a complete prefix acknowledged (effects/stream-acks.ts)
 *     T key deadline                            EXPIRE, PERSIST (0 never)
 *     D key keyResets                           DEL
 *     X key keyResets                           the key expired: removes what was seen, as D
 *     P key type value deadline keyResets       clears all it saw and writes a whole value: RENAME, COPY, revival
 *     Z [key keyResets ...]                     FLUSHALL: a delete of all; names the keys with counters
 *     M channel message, m channel message      PUBLISH, SPUBLISH
 *     Q name code                               FUNCTION LOAD of a library; false: FUNCTION DELETE
 *     f origin                                  all origins of its region up to this one are folded away (effects/fold.ts)
 *     V seen operation                          an operation that had seen more of its key (sync/declared.ts)
 *     w seen                                    the entry waits until these are applied
 *
 * resets of a cell: [origin epoch sum stamp ...]. keyResets: [type field resets ...] for each cell with counters.
 * keep: [deadline, fresh, hidden]: the deadline the write was made under (0 none), whether the key was absent, and
 * the keyResets of hidden types it clears, or false where none were hidden.
 *
 * An entry is [previous, dependencies, operations]: the stamp of the origin's entry before (0 none), what the
 * origin's version vector gained since then as [origin stamp ...], and the operations of one atomic unit.
 */
import type { Packed } from "../host.js";
import { indexOfOrigin, type Partition, type Vector } from "../state/partition.js";
import type { Range } from "../sync/views.js";
import type { Cell, Reset } from "../types/cell.js";

export type Operation = Packed[];

/** Who makes an effect, and what it saw: undefined context means everything here (a local operation). */
export interface Author {
  stamp: number;
  origin: number;
  readonly context: Vector | undefined;
  /** Of a flush: buckets of which more was seen than the context says (sync/declared.ts). */
  readonly ranges?: readonly Range[] | undefined;
}

/**
 * The author of a removal: one who had seen everything that is here removes as a local one does, without a look at each
 * dot. In a quiet moment that is every remote author. Where keys are ahead of the vector, nobody is taken for one.
 */
export function removing(partition: Partition, author: Author): Author {
  const { context } = author;
  if (context === undefined || partition.views !== undefined) return author;
  for (const origin of partition.live) {
    if (partition.vector[origin]! > (context[origin] ?? 0)) return author;
  }
  return { stamp: author.stamp, origin: author.origin, context: undefined };
}

/** [deadline, fresh, hidden keyResets or false] */
export type Keep = [number, number, Packed[] | false];

/** What is seen of a cell's counters, for an operation that resets them. */
export function packResets(partition: Partition, cell: Cell): Packed[] {
  const flat: Packed[] = [];
  for (const { origin, epoch, sum, stamp } of cell.counters) {
    flat.push(partition.origins[origin]!, epoch, sum, stamp);
  }
  return flat;
}

export function unpackResets(partition: Partition, flat: Packed[]): Reset[] {
  const resets: Reset[] = [];
  for (let at = 0; at < flat.length; at += 4) {
    resets.push({
      origin: indexOfOrigin(partition, flat[at] as string),
      epoch: flat[at + 1] as number,
      sum: flat[at + 2] as string,
      stamp: flat[at + 3] as number,
    });
  }
  return resets;
}

/** True where what follows the code is no key: the name of a channel, a library or an origin. */
export function namesNoKey(operation: Operation): boolean {
  const code = operation[0];
  return code === "M" || code === "m" || code === "Q" || code === "f";
}
