/**
 * Where one slot stood at looks at its node's disk that are not durable yet.
 *
 * Looks are counted by each node for itself: those of the node that had the slot before say nothing of this one, for there the slot has
 * only just come. So a mark of another node takes the place of all before.
 */
import type { Standing } from "../protocol.js";
import type { Vector } from "../vector.js";
import { slotLimits } from "./limits.js";

interface Mark {
  readonly look: number;
  readonly vector: Vector;
}

export class DiskMarks {
  private node: object | undefined;
  private origin = "";
  private marks: Mark[] = [];

  /** The slot stood there as the node's look began. */
  add(node: object, look: number, { ownOrigin, applied }: Standing): void {
    if (node !== this.node || ownOrigin !== this.origin) this.marks = [];
    this.node = node;
    this.origin = ownOrigin;
    if (this.marks.length >= slotLimits.marksMax) this.marks.splice(1, 1);
    this.marks.push({ look, vector: applied });
  }

  /** That look of the node is durable: where the slot stood then, if that is news. */
  take(node: object, look: number): Vector | undefined {
    if (node !== this.node) return undefined;
    let vector: Vector | undefined;
    while (this.marks.length > 0 && this.marks[0]!.look <= look) vector = this.marks.shift()!.vector;
    return vector;
  }

  waitFor(node: object): boolean {
    return node === this.node && this.marks.length > 0;
  }

  forget(): void {
    this.marks = [];
  }
}
