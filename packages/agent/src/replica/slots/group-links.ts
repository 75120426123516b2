/**
 * The links of a region whose slots its agents share: a stream from each agent of every other region, and one to each. What an agent
 * holds it tells; who receives takes each group from the agent that holds it. With one agent in each region that is one stream in each
 * direction, which carries all groups.
 *
 * 1. What is about a group that is not taken from a stream, or not given on it, is let by.
 * 2. An agent that has not heard the server of a group for a while takes it anew from nobody, and does not offer it: another may hold it.
 */
import {
  type Dialer,
  groupOf,
  groupsIn,
  GROUPS,
  LinkError,
  NO_GROUPS,
  setOf,
  without,
  type ClockSkew,
  type ExportedText,
  type ExportWish,
  type GroupSet,
  type Identity,
  type LinkOptions,
  type Listener,
  type ListenerHandlers,
} from "../../link/index.js";
import { LinkRecord, type Peer } from "../adapter/links.js";
import { alarmOf, type Alarm } from "../alarms.js";
import type { Command } from "../protocol.js";
import { GivenGroups } from "./given-groups.js";
import { countBatch, noteLinked, SourceLink, type SourceEvents } from "./source-link.js";

type CommandOf<Kind> = Extract<Command<Uint8Array>, { kind: Kind }>;
type Direction = "outgoing" | "incoming";

export interface GroupLinksOptions extends SourceEvents {
  readonly identity: Identity;
  readonly link: LinkOptions;
  /** It listens; while the links run it serves them. */
  readonly listener: Listener;
  readonly peers: readonly Peer[];
  /** Whether the server of the group was heard lately. */
  readonly mayLink: (group: number) => boolean;
  readonly exported: (peer: string, wish: ExportWish, signal: AbortSignal) => AsyncIterable<ExportedText>;
  /** The peer takes these groups; where it stands in each of their slots. */
  readonly given: (peer: string, groups: GroupSet, digests: Uint32Array) => void;
  /** It does not any more. */
  readonly ended: (peer: string, groups: GroupSet) => void;
  readonly writable: (peer: string, groups: GroupSet, on: boolean) => void;
  readonly alarm: (alarm: Alarm) => void;
}

export class GroupLinks {
  readonly outgoing = new Map<string, LinkRecord>();
  readonly incoming = new Map<string, LinkRecord>();
  private readonly sources = new Map<string, SourceLink>();
  private readonly given = new GivenGroups();
  private readonly handlers: ListenerHandlers;
  private readonly bandwidths = new Map<string, number | undefined>();
  private exportBytesPerSecond: number | undefined;
  private held: GroupSet = NO_GROUPS;
  private offers: GroupSet = NO_GROUPS;
  private isStopped = false;

  constructor(private readonly options: GroupLinksOptions) {
    this.handlers = {
      isReady: () => true,
      held: () => this.linkable,
      peerUp: (stream, _position, { peer }) => this.given.opened(stream, peer),
      peerDown: (stream, error) => this.peerDown(stream, error),
      acknowledged: (stream, { rewind, partition = 0, ...standing }) => {
        const peer = this.given.peerOf(stream);
        if (peer === undefined || this.given.streamOf(peer, groupOf(partition)) !== stream) return;
        options.dispatch({ kind: "acked", peer, standing, rewind }, partition);
      },
      digests: (stream, groups, digests) => this.peerTakes(stream, groups, digests),
      left: (stream, groups) => this.ended(stream, this.given.leave(stream, groups)),
      writable: (stream, on) => {
        const peer = this.given.peerOf(stream);
        if (peer !== undefined) options.writable(peer, this.given.on(stream), on);
      },
      exported: options.exported,
      refused: (peer, error) => {
        if (error.isRefusal) this.outgoing.get(peer)?.become("refused", error.message);
        this.alarmFor(peer, error);
      },
    };
    for (const peer of options.peers) this.add(peer);
  }

  start(): void {
    this.options.listener.serveFor(this.handlers);
    for (const source of this.sources.values()) source.start();
  }

  /** `reason`: what those are told who are served. */
  stop(reason: string): void {
    this.isStopped = true;
    for (const source of this.sources.values()) source.stop();
    this.options.listener.standBy(reason);
  }

  /** These groups are this agent's, and all is known of them: it takes and offers them, and no others. */
  hold(groups: GroupSet): void {
    const lost = without(this.held, groups);
    this.held = groups;
    for (const peer of this.outgoing.keys()) {
      const ended = this.given.of(peer) & lost;
      this.given.end(peer, lost);
      if (ended !== NO_GROUPS) this.options.ended(peer, ended);
    }
    for (const [peer, limit] of this.bandwidths) this.limit(peer, limit);
    this.limitExports(this.exportBytesPerSecond);
    this.look();
  }

  /** What servers are heard may be another. */
  look(): void {
    if (this.isStopped) return;
    const offers = (this.offers & this.held) | this.linkable;
    if (offers !== this.offers) this.options.listener.tellHeld(offers);
    this.offers = offers;
    for (const source of this.sources.values()) source.settle();
    for (const peer of this.outgoing.keys()) this.noteOutgoing(peer);
  }

  /** All other regions that there are, from now on: links to those that were stay as they are. */
  setPeers(peers: readonly Peer[]): void {
    const kept = new Set(peers.map(({ region }) => region));
    for (const [name, source] of this.sources) {
      if (kept.has(name)) continue;
      source.stop();
      this.sources.delete(name);
      this.options.listener.drop(name);
      this.outgoing.delete(name);
      this.incoming.delete(name);
      this.bandwidths.delete(name);
    }
    for (const peer of peers) if (!this.sources.has(peer.region)) this.add(peer).start();
  }

  send({ peer, batch }: CommandOf<"send">, slot: number): void {
    const stream = this.given.streamOf(peer, groupOf(slot));
    if (stream === undefined) return;
    countBatch(this.outgoing.get(peer), batch);
    this.options.listener.send(stream, { ...batch, partition: slot });
  }

  /** The peer's next entries won't come by a log. */
  tell({ peer, origin, after }: CommandOf<"gap">, slot: number): void {
    const stream = this.given.streamOf(peer, groupOf(slot));
    if (stream !== undefined) this.options.listener.tell(stream, { origin, after, partition: slot });
  }

  /** There may be something for the peer in these slots: it is to say where it stands there. */
  offer(peer: string, slots: readonly number[]): void {
    const byStream = new Map<string, number[]>();
    for (const slot of slots) {
      const stream = this.given.streamOf(peer, groupOf(slot));
      if (stream === undefined) continue;
      const some = byStream.get(stream);
      if (some === undefined) byStream.set(stream, [slot]);
      else some.push(slot);
    }
    for (const [stream, some] of byStream) this.options.listener.offer(stream, some);
  }

  /** The state of the source, of the slot that is wished for. */
  ask(source: string, wish: ExportWish & { partition: number }, signal: AbortSignal): AsyncIterable<ExportedText> {
    const dialer = this.sources.get(source)?.takerOf(wish.partition);
    if (dialer === undefined) throw new LinkError("LINK_CLOSED", { reason: `no link to ${source}` });
    return dialer.export(wish, signal);
  }

  acknowledge({ source, standing, rewind }: CommandOf<"ack">, slot: number): void {
    this.sources
      .get(source)
      ?.takerOf(slot)
      ?.acknowledge({ ...standing, rewind, partition: slot });
  }

  /** What the source sends of the slot can't be used. */
  close(source: string, reason: string, slot: number): void {
    this.sources.get(source)?.takerOf(slot)?.close(reason);
  }

  /** Of all agents together; this one uses as much of it as of the groups. Undefined: no limit. */
  limit(peer: string, bytesPerSecond: number | undefined): void {
    this.bandwidths.set(peer, bytesPerSecond);
    this.options.listener.limit(peer, this.shareOf(bytesPerSecond));
  }

  limitOf(peer: string): number | undefined {
    return this.bandwidths.get(peer);
  }

  limitExports(bytesPerSecond: number | undefined): void {
    this.exportBytesPerSecond = bytesPerSecond;
    this.options.listener.limitExports(this.shareOf(bytesPerSecond));
  }

  roundTripMs(peer: string, direction: Direction): number | null {
    if (direction === "outgoing") return this.options.listener.roundTripMsOf(peer);
    const all = this.dialersOf(peer).map(({ roundTripMs }) => roundTripMs ?? -1);
    const longest = Math.max(-1, ...all);
    return longest < 0 ? null : longest;
  }

  /** How far the clock of the peer's server is ahead of ours; the most exact stream is believed. */
  clockSkew(peer: string): ClockSkew | null {
    const all = [this.options.listener.clockSkewOf(peer), ...this.dialersOf(peer).map(({ clockSkew }) => clockSkew)];
    return all.reduce((best, one) => (best === null || (one !== null && one.errorMs < best.errorMs) ? one : best));
  }

  wireBytes(peer: string, direction: Direction): number {
    if (direction === "outgoing") return this.options.listener.trafficOf(peer).wireBytes;
    return this.dialersOf(peer).reduce((sum, { traffic }) => sum + traffic.wireBytes, 0);
  }

  /** Of the groups that are held, those whose server was heard lately. */
  private get linkable(): GroupSet {
    let set = NO_GROUPS;
    for (const group of groupsIn(this.held)) if (this.options.mayLink(group)) set |= setOf(group);
    return set;
  }

  private shareOf(bytesPerSecond: number | undefined): number | undefined {
    const groups = Math.max(1, groupsIn(this.held).length);
    return bytesPerSecond === undefined ? undefined : Math.ceil((bytesPerSecond * groups) / GROUPS);
  }

  private dialersOf(source: string): readonly Dialer[] {
    return this.sources.get(source)?.dialers ?? [];
  }

  private peerDown(stream: string, error: LinkError): void {
    const peer = this.given.peerOf(stream);
    if (peer === undefined) return;
    const groups = this.given.on(stream);
    this.given.closed(stream);
    if (groups === NO_GROUPS) return;
    this.outgoing.get(peer)?.become("connecting", error.message);
    this.options.ended(peer, groups);
  }

  private peerTakes(stream: string, groups: GroupSet, digests: Uint32Array): void {
    const peer = this.given.peerOf(stream);
    if (peer === undefined || !this.outgoing.has(peer) || without(groups, this.held) !== NO_GROUPS) {
      this.options.listener.dropGroups(stream, groups); // it hears, or has heard, what is held
      return;
    }
    for (const before of this.given.take(stream, groups)) {
      this.options.listener.dropGroups(before.stream, before.groups);
      this.options.ended(peer, before.groups);
    }
    this.options.given(peer, groups, digests);
    this.noteOutgoing(peer);
  }

  private ended(stream: string, groups: GroupSet): void {
    const peer = this.given.peerOf(stream);
    if (peer === undefined || groups === NO_GROUPS) return;
    this.options.ended(peer, groups);
    this.noteOutgoing(peer);
  }

  private noteOutgoing(peer: string): void {
    noteLinked(this.outgoing.get(peer), this.held, this.given.of(peer));
  }

  private add({ region, address, bytesPerSecond }: Peer): SourceLink {
    const { identity, link, mayLink: _may, ...heard } = this.options;
    this.limit(region, bytesPerSecond);
    this.outgoing.set(region, new LinkRecord());
    const record = new LinkRecord();
    this.incoming.set(region, record);
    const source = new SourceLink({
      ...heard,
      name: region,
      addresses: typeof address === "string" ? [address] : address,
      identity,
      link,
      record,
      held: () => this.held,
      linkable: () => this.linkable,
      failed: (error) => this.alarmFor(region, error),
    });
    this.sources.set(region, source);
    return source;
  }

  private alarmFor(peer: string, error: LinkError): void {
    const about = peer === "" ? {} : { peer };
    if (error.isRefusal) this.options.alarm(alarmOf("REPLICA_LINK_REFUSED", about, error.message));
    if (error.code === "LINK_CORRUPT") this.options.alarm(alarmOf("REPLICA_LINK_CORRUPT", about, error.message));
  }
}
