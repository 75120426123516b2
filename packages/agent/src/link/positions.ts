/** Vectors on the wire: the first whole, then only what changed; a stamp of 0 takes an origin away. */
import { create } from "@bufbuild/protobuf";
import { PositionSchema, type Position } from "./gen/meridian/link/v1/link_pb.js";
import { linkLimits } from "./limits.js";
import type { LinkVector } from "./types.js";

/** The sending side: remembers what it has said. */
export class PositionWriter {
  private readonly said = new Map<string, number>();

  /** What changed since the call before. */
  changes(vector: LinkVector): Position[] {
    const changed: Position[] = [];
    for (const [origin, stamp] of vector) {
      if ((this.said.get(origin) ?? 0) === stamp) continue;
      this.said.set(origin, stamp);
      changed.push(create(PositionSchema, { origin, stamp }));
    }
    for (const origin of this.said.keys()) {
      if (vector.has(origin)) continue;
      this.said.delete(origin);
      changed.push(create(PositionSchema, { origin, stamp: 0 }));
    }
    return changed;
  }
}

/** The reading side. Throws on what can't be. */
export class PositionReader {
  private readonly known = new Map<string, number>();

  apply(changes: readonly Position[]): LinkVector {
    for (const { origin, stamp } of changes) {
      if (!isStamp(stamp) || origin === "" || origin.length > linkLimits.nameBytesMax) {
        throw new RangeError(`no position: ${origin.slice(0, 40)} at ${stamp}`);
      }
      if (stamp === 0) this.known.delete(origin);
      else this.known.set(origin, stamp);
    }
    return new Map(this.known);
  }
}

/** Of each partition its own, made when it is first asked for; what is about no partition has one, too. */
export class ByPartition<Kept> {
  private readonly all = new Map<number, Kept>();

  constructor(private readonly make: () => Kept) {}

  of(partition = 0): Kept {
    let kept = this.all.get(partition);
    if (kept === undefined) {
      kept = this.make();
      this.all.set(partition, kept);
    }
    return kept;
  }
}

export function isStamp(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
