/**
 * Which stream of each peer every group is sent on: the one that took it last. Agents of a peer that both take a group are told who
 * has it; they settle it among themselves.
 */
import { GROUPS, groupsIn, NO_GROUPS, setOf, type GroupSet } from "../../link/index.js";

export interface Superseded {
  readonly stream: string;
  readonly groups: GroupSet;
}

export class GivenGroups {
  private readonly peerOfStream = new Map<string, string>();
  /** By peer, of each group the stream. */
  private readonly streams = new Map<string, (string | undefined)[]>();

  opened(stream: string, peer: string): void {
    this.peerOfStream.set(stream, peer);
  }

  peerOf(stream: string): string | undefined {
    return this.peerOfStream.get(stream);
  }

  /** Those that are given to the peer. */
  of(peer: string): GroupSet {
    return sum(this.streams.get(peer) ?? [], (stream) => stream !== undefined);
  }

  /** Those that leave on this stream. */
  on(stream: string): GroupSet {
    return sum(this.streams.get(this.peerOf(stream) ?? "") ?? [], (one) => one === stream);
  }

  streamOf(peer: string, group: number): string | undefined {
    return this.streams.get(peer)?.[group];
  }

  /** Who had them before, on other streams. */
  take(stream: string, groups: GroupSet): Superseded[] {
    const peer = this.peerOf(stream);
    if (peer === undefined) return [];
    let all = this.streams.get(peer);
    if (all === undefined) this.streams.set(peer, (all = Array<string | undefined>(GROUPS).fill(undefined)));
    const superseded = new Map<string, GroupSet>();
    for (const group of groupsIn(groups)) {
      const before = all[group];
      if (before !== undefined && before !== stream)
        superseded.set(before, (superseded.get(before) ?? 0) | setOf(group));
      all[group] = stream;
    }
    return [...superseded].map(([name, set]) => ({ stream: name, groups: set }));
  }

  /** What of it was given on this stream. */
  leave(stream: string, groups: GroupSet): GroupSet {
    const all = this.streams.get(this.peerOf(stream) ?? "") ?? [];
    let left = NO_GROUPS;
    for (const group of groupsIn(groups)) {
      if (all[group] !== stream) continue;
      all[group] = undefined;
      left |= setOf(group);
    }
    return left;
  }

  closed(stream: string): void {
    this.leave(stream, this.on(stream));
    this.peerOfStream.delete(stream);
  }

  /** Of a peer, whoever has them. */
  end(peer: string, groups: GroupSet): void {
    const all = this.streams.get(peer);
    if (all !== undefined) for (const group of groupsIn(groups)) all[group] = undefined;
  }
}

function sum(streams: readonly (string | undefined)[], isOf: (stream: string | undefined) => boolean): GroupSet {
  let set = NO_GROUPS;
  for (const [group, stream] of streams.entries()) if (isOf(stream)) set |= setOf(group);
  return set;
}
