/**
 * From which stream of a source every group is taken. A source has a stream for each of its agents, and each says which groups that
 * one holds. Pure.
 *
 * 1. A group is taken from one stream at most: from whoever said last that it holds it, for that one took over.
 * 2. Who said that the group goes to another agent of this region is asked again later, and only then.
 */
import { GROUPS, groupsIn, hasGroup, NO_GROUPS, setOf, without, type GroupSet } from "../../link/index.js";

interface Stream {
  /** "": it does not say. */
  agent: string;
  held: GroupSet;
  /** Of each group that it holds: when it said so first. */
  readonly saidAt: number[];
  dropped: GroupSet;
}

export interface TakenChange<Name> {
  readonly stream: Name;
  readonly groups: GroupSet;
}

export class TakenGroups<Name> {
  private readonly streams = new Map<Name, Stream>();
  private readonly takers = Array<Name | undefined>(GROUPS).fill(undefined);
  private said = 0;

  get all(): GroupSet {
    let set = NO_GROUPS;
    for (const [group, taker] of this.takers.entries()) if (taker !== undefined) set |= setOf(group);
    return set;
  }

  takerOf(group: number): Name | undefined {
    return this.takers[group];
  }

  on(stream: Name): GroupSet {
    let set = NO_GROUPS;
    for (const [group, taker] of this.takers.entries()) if (taker === stream) set |= setOf(group);
    return set;
  }

  /** Two streams with one agent are as good as one. */
  opened(stream: Name, agent: string, held: GroupSet): void {
    const other = agent === "" ? undefined : [...this.streams.values()].find((one) => one.agent === agent);
    const saidAt = other === undefined ? [] : [...other.saidAt];
    this.streams.set(stream, { agent, held: NO_GROUPS, saidAt, dropped: NO_GROUPS });
    this.said++;
    this.note(stream, held, other?.held ?? NO_GROUPS);
  }

  holds(stream: Name, held: GroupSet): void {
    this.said++;
    this.note(stream, held, this.streams.get(stream)?.held ?? NO_GROUPS);
  }

  /** Those that were taken from it. */
  closed(stream: Name): GroupSet {
    const taken = this.on(stream);
    this.streams.delete(stream);
    for (const group of groupsIn(taken)) this.takers[group] = undefined;
    return taken;
  }

  /** Those of them that were taken from it. */
  dropped(stream: Name, groups: GroupSet): GroupSet {
    const known = this.streams.get(stream);
    const taken = this.on(stream) & groups;
    if (known !== undefined) known.dropped |= groups;
    for (const group of groupsIn(taken)) this.takers[group] = undefined;
    return taken;
  }

  /** They may be taken from it again. */
  forgive(stream: Name): void {
    const known = this.streams.get(stream);
    if (known !== undefined) known.dropped = NO_GROUPS;
  }

  /** `wanted` is to be taken, `kept` may stay taken. What changes: first what is left, then what is taken. */
  settle(wanted: GroupSet, kept: GroupSet): { left: TakenChange<Name>[]; taken: TakenChange<Name>[] } {
    const [left, taken] = [new Map<Name, GroupSet>(), new Map<Name, GroupSet>()];
    for (let group = 0; group < GROUPS; group++) {
      const now = this.takers[group];
      const best = hasGroup(wanted, group) ? this.best(group, now) : this.stays(group, now, kept) ? now : undefined;
      if (best === now) continue;
      if (now !== undefined) left.set(now, (left.get(now) ?? 0) | setOf(group));
      if (best !== undefined) taken.set(best, (taken.get(best) ?? 0) | setOf(group));
      this.takers[group] = best;
    }
    const changes = (of: Map<Name, GroupSet>) => [...of].map(([stream, groups]) => ({ stream, groups }));
    return { left: changes(left), taken: changes(taken) };
  }

  private stays(group: number, now: Name | undefined, kept: GroupSet): boolean {
    return now !== undefined && hasGroup(kept, group) && hasGroup(this.streams.get(now)?.held ?? NO_GROUPS, group);
  }

  private best(group: number, now: Name | undefined): Name | undefined {
    let best: Name | undefined;
    let bestAt = -1;
    for (const [name, { held, saidAt, dropped }] of this.streams) {
      if (!hasGroup(without(held, dropped), group)) continue;
      const at = saidAt[group] ?? 0;
      if (at < bestAt || (at === bestAt && name !== now)) continue;
      [best, bestAt] = [name, at];
    }
    return best;
  }

  private note(name: Name, held: GroupSet, before: GroupSet): void {
    const stream = this.streams.get(name);
    if (stream === undefined) return;
    for (const group of groupsIn(without(held, before))) stream.saidAt[group] = this.said;
    stream.dropped &= held & before;
    stream.held = held;
  }
}
