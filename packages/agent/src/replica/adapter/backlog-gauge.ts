/**
 * How many entries of the own log lie after a stamp, without reading them: a stream counts what was ever added to it
 * (`entries-added`), so a mark each second turns stamps into counts; in between it is interpolated.
 */
import { adapterLimits } from "./limits.js";

interface Mark {
  readonly stamp: number;
  readonly added: number;
}

export class BacklogGauge {
  private marks: Mark[] = [];
  private origin = "";

  /** One look at the stream: entries ever added, entries in it, stamps of the first and the last. */
  look(origin: string, added: number, length: number, first: number, last: number): void {
    if (origin !== this.origin) this.marks = [];
    this.origin = origin;
    if (this.marks.length === 0 && length > 0) this.marks.push({ stamp: first, added: added - length + 1 });
    const newest = this.marks[this.marks.length - 1];
    if (newest === undefined || last > newest.stamp) this.marks.push({ stamp: last, added });
    while (this.marks.length > 1 && this.marks[1]!.stamp <= first) this.marks.shift();
    if (this.marks.length > adapterLimits.backlogMarksMax) {
      this.marks = this.marks.filter((_mark, index) => index % 2 === 0 || index === this.marks.length - 1);
    }
  }

  entriesAfter(stamp: number): number {
    const newest = this.marks[this.marks.length - 1];
    if (newest === undefined || stamp >= newest.stamp) return 0;
    let [low, high] = [0, this.marks.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.marks[middle]!.stamp <= stamp) low = middle;
      else high = middle;
    }
    const [before, after] = [this.marks[low]!, this.marks[high]!];
    if (stamp < before.stamp) return newest.added - before.added + 1;
    const part = after.stamp === before.stamp ? 0 : (stamp - before.stamp) / (after.stamp - before.stamp);
    return Math.round(newest.added - (before.added + part * (after.added - before.added)));
  }
}
