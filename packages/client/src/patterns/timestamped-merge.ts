/**
 * What several copies of a timestamped set say of a member, made one: the highest score wins, and of an insert and a delete
 * with one score the delete. Pure; the copies' scripts decide in the same way, so that order and repetition don't matter.
 */
export interface MemberState {
  readonly kind: "insert" | "delete";
  readonly score: number;
}

export interface ScoredMember {
  readonly member: string;
  readonly score: number;
}

/** Undefined: the copy has never heard of the member, or not any more. */
export type Known = MemberState | undefined;

export function isNewer(one: Known, other: Known): boolean {
  if (one === undefined || other === undefined) return one !== undefined;
  if (one.score !== other.score) return one.score > other.score;
  return one.kind === "delete" && other.kind === "insert";
}

export function newestOf(states: readonly Known[]): Known {
  return states.reduce((newest, state) => (isNewer(state, newest) ? state : newest), undefined);
}

/** As ZREVRANGE: the highest score first, of equal ones the member that is later by its bytes. */
export function byScore(one: ScoredMember, other: ScoredMember): number {
  return other.score - one.score || Buffer.compare(Buffer.from(other.member), Buffer.from(one.member));
}

/** Members that not all pages show with the same score. */
export function disputedIn(pages: readonly (readonly ScoredMember[])[]): Set<string> {
  const scores = new Map<string, { score: number; count: number }>();
  const disputed = new Set<string>();
  for (const { member, score } of pages.flat()) {
    const known = scores.get(member);
    if (known === undefined) scores.set(member, { score, count: 1 });
    else if (known.score === score) known.count++;
    else disputed.add(member);
  }
  for (const [member, { count }] of scores) if (count < pages.length) disputed.add(member);
  return disputed;
}

/**
 * True where no member that the pages don't show could stand among the first `count`: what a full page left out stands behind
 * its last one. So the last of the `count` has to stand before, or at, the end of each full page.
 */
export function isComplete(
  merged: readonly ScoredMember[],
  count: number,
  pages: readonly (readonly ScoredMember[])[],
  depth: number,
): boolean {
  const ends = pages.filter((page) => page.length >= depth).map((page) => page.at(-1) as ScoredMember);
  if (ends.length === 0) return true;
  const last = merged[count - 1];
  return last !== undefined && ends.every((end) => byScore(last, end) <= 0);
}
