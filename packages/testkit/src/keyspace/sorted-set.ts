/**
 * A sorted set: members by score, then by bytes.
 *
 * Invariants: 1. `order` and `scores` hold the same. 2. no score is NaN. 3. while packed, as Redis keeps small ones
 * (128 members of 64 bytes at most, and never again once it grew), no score is -0: it becomes 0.
 */
export interface ScoredMember {
  readonly member: string;
  readonly score: number;
}

const PACKED_MEMBERS = 128;
const PACKED_MEMBER_BYTES = 64;

export class SortedSet {
  private readonly scores: Map<string, number>;
  private readonly order: ScoredMember[];
  private isPacked = true;

  constructor(scores = new Map<string, number>(), order: ScoredMember[] = []) {
    this.scores = scores;
    this.order = order;
  }

  /** What Redis stores of a result: packed where it is small enough, whatever it grew out of. */
  static of(members: Iterable<ScoredMember>): SortedSet {
    const all = [...members];
    const set = new SortedSet();
    set.isPacked = all.length <= PACKED_MEMBERS && all.every(({ member }) => member.length <= PACKED_MEMBER_BYTES);
    for (const { member, score } of all) set.put(member, score);
    return set;
  }

  clone(): SortedSet {
    const copy = new SortedSet(new Map(this.scores), [...this.order]);
    copy.isPacked = this.isPacked;
    return copy;
  }

  get packed(): boolean {
    return this.isPacked;
  }

  /** SORT leaves a set as large ones are kept. */
  unpack(): void {
    this.isPacked = false;
  }

  get size(): number {
    return this.order.length;
  }

  /** All members, in order. */
  get members(): readonly ScoredMember[] {
    return this.order;
  }

  scoreOf(member: string): number | undefined {
    return this.scores.get(member);
  }

  /** The place in the order, from 0. */
  rankOf(member: string): number | undefined {
    const score = this.scores.get(member);
    return score === undefined ? undefined : this.placeOf(score, member);
  }

  /** Adds or moves a member. */
  put(member: string, score: number): void {
    const before = this.scores.get(member);
    if (before === score) return;
    if (before !== undefined) this.order.splice(this.placeOf(before, member), 1);
    else if (this.order.length >= PACKED_MEMBERS || member.length > PACKED_MEMBER_BYTES) this.isPacked = false;
    const kept = this.isPacked && score === 0 ? 0 : score;
    this.order.splice(this.placeOf(kept, member), 0, { member, score: kept });
    this.scores.set(member, kept);
  }

  delete(member: string): boolean {
    const rank = this.rankOf(member);
    if (rank === undefined) return false;
    this.deleteRange(rank, rank + 1);
    return true;
  }

  /** Removes the members from one place up to, not with, another, and returns them. */
  deleteRange(from: number, to: number): ScoredMember[] {
    const gone = this.order.splice(from, Math.max(0, to - from));
    for (const { member } of gone) this.scores.delete(member);
    return gone;
  }

  /** The first place whose member is not before what is sought; all that are before it come first. */
  firstNot(isBefore: (item: ScoredMember) => boolean): number {
    let [low, high] = [0, this.order.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(this.order[middle]!)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private placeOf(score: number, member: string): number {
    return this.firstNot((item) => item.score < score || (item.score === score && item.member < member));
  }
}
