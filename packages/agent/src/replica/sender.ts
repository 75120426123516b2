/**
 * The sending half: for every peer and every origin that it lacks, what comes after the stamp it stands at.
 *
 * What goes to whom
 * - our own origin, and our former incarnations: to everybody, always;
 * - a former incarnation of the peer itself: always, for it gives a lost tail back;
 * - a third region's: only to a peer that has stood still without it for a while (`relayAfterMs`), and no longer once
 *   it receives from that region itself.
 *
 * 1. Sent and unacknowledged stays within the window (sender-window.ts); a peer that does not acknowledge stops the reading of the log.
 * 2. A cursor moves over what was read from the log in one piece, so a batch never leaves anything out.
 * 3. What is old is read in runs (sender-backlog.ts). To a peer that refuses what it was sent, no run goes until it is past that.
 * 4. A peer that stands lower than before (its server lost its tail) is sent everything from there again.
 */
import type { Backlog, Batch, Entry, Payload, ReplicaEvent, Rewind, Standing } from "./protocol.js";
import { Backlogs } from "./sender-backlog.js";
import { Cursor } from "./sender-cursor.js";
import { Tail } from "./sender-tail.js";
import type { Shared } from "./shared.js";
import { regionOfOrigin, stampIn, WHOLE } from "./vector.js";

type EventOf<P extends Payload, Kind> = Extract<ReplicaEvent<P>, { kind: Kind }>;

interface Peer {
  readonly name: string;
  writable: boolean;
  standing: Standing;
  /** It was connected, or went on, or was told a gap. */
  movedAtMs: number;
  readonly cursors: Map<string, Cursor>;
}

/** What is known about one peer, for status and metrics. */
export interface PeerView {
  /** Of our own origin: the oldest stamp not acknowledged; undefined where it is not in memory. */
  readonly oldestUnacked: number | undefined;
  /** Of our own origin: entries in memory that are not acknowledged. */
  readonly unackedEntries: number;
  /** That is all of them: nothing lies unread in the log. */
  readonly complete: boolean;
}

export class Sender<P extends Payload> {
  private readonly peers = new Map<string, Peer>();
  private readonly backlogs: Backlogs<P>;
  private tail: Tail<P> | undefined;
  /** Catch-up reads under way. */
  private readonly reads = new Map<number, { peer: string; cursor: Cursor; after: number }>();

  constructor(private readonly shared: Shared<P>) {
    this.backlogs = new Backlogs(shared);
  }

  view(name: string): PeerView | undefined {
    const peer = this.peers.get(name);
    if (peer === undefined) return undefined;
    const { ownOrigin } = this.shared;
    const acked = stampIn(peer.standing.applied, ownOrigin);
    const cursor = peer.cursors.get(ownOrigin);
    const sent = cursor?.sent ?? acked;
    const own = stampIn(this.shared.vector, ownOrigin);
    const complete = this.tail !== undefined && sent >= this.tail.after && this.tail.last >= own;
    const inTail = complete ? (this.tail?.countAfter(sent) ?? 0) : 0;
    return {
      complete,
      oldestUnacked: cursor?.frames[0]?.first ?? this.tail?.firstAfter(sent),
      unackedEntries: (cursor?.flightEntries ?? 0) + inTail,
    };
  }

  /** The server's state was read (again); `lowered`: it stands lower than before somewhere. */
  stateRead(): void {
    const { ownOrigin, vector } = this.shared;
    for (const { cursors } of this.peers.values()) {
      for (const origin of cursors.keys()) if (stampIn(vector, origin) === WHOLE) cursors.delete(origin);
    }
    if (this.tail?.origin !== ownOrigin) this.tail = new Tail(ownOrigin, stampIn(vector, ownOrigin));
  }

  /** Reads under way get no answer any more. */
  serverLost(): void {
    this.reads.clear();
    for (const { cursors } of this.peers.values()) for (const cursor of cursors.values()) cursor.reading = undefined;
    if (this.tail !== undefined) this.tail.reading = undefined;
  }

  peerUp(name: string, standing: Standing, nowMs: number): void {
    const peer: Peer = { name, writable: true, standing, movedAtMs: nowMs, cursors: new Map() };
    this.peers.set(name, peer);
    this.backlogs.heard(name, standing);
    this.pump(peer, nowMs);
  }

  peerDown(name: string): void {
    this.peers.delete(name);
  }

  setWritable(name: string, on: boolean, nowMs: number): void {
    const peer = this.peers.get(name);
    if (peer === undefined) return;
    peer.writable = on;
    if (on) this.pump(peer, nowMs);
  }

  acked({ peer: name, standing, rewind }: EventOf<P, "acked">, nowMs: number): void {
    const peer = this.peers.get(name);
    if (peer === undefined) return;
    peer.standing = standing;
    this.backlogs.heard(name, standing);
    for (const cursor of peer.cursors.values()) {
      if (!cursor.acknowledge(stampIn(standing.applied, cursor.origin), nowMs)) continue;
      cursor.stillSinceMs = undefined;
      peer.movedAtMs = nowMs;
    }
    if (rewind !== undefined) this.rewound(peer, rewind, nowMs);
    this.pump(peer, nowMs);
  }

  logged({ read, entries }: EventOf<P, "logged">, nowMs: number): void {
    if (this.tail?.reading === read) {
      this.tail.reading = undefined;
      this.tail.push(entries, this.shared.limits.tailBytesMax);
      const { vector, ownOrigin } = this.shared;
      vector.set(ownOrigin, Math.max(stampIn(vector, ownOrigin), this.tail.last));
      this.pumpAll(nowMs);
      return;
    }
    const request = this.reads.get(read);
    this.reads.delete(read);
    const peer = request === undefined ? undefined : this.peers.get(request.peer);
    if (request === undefined || peer === undefined || request.cursor.reading !== read) return;
    const { cursor, after } = request;
    cursor.reading = undefined;
    if (cursor.sent !== after) return;
    if (entries.length > 0) this.send(peer, cursor, entries);
    else this.park(peer, cursor, nowMs);
    this.pump(peer, nowMs);
  }

  readFailed(read: number): void {
    if (this.tail?.reading === read) this.tail.reading = undefined;
    const request = this.reads.get(read);
    this.reads.delete(read);
    if (request?.cursor.reading === read) request.cursor.reading = undefined;
  }

  pumpAll(nowMs: number): void {
    for (const peer of this.peers.values()) this.pump(peer, nowMs);
  }

  private pump(peer: Peer, nowMs: number): void {
    if (!this.shared.serverUp || !peer.writable) return;
    for (const [origin, known] of this.shared.vector) {
      if (known === WHOLE) {
        this.lookForLackOf(peer, origin, nowMs);
        continue;
      }
      const cursor = this.cursorOf(peer, origin);
      if (cursor.parkedUntilMs > nowMs || !this.isDue(peer, cursor, nowMs)) continue;
      if (origin === this.tail?.origin) this.pumpTail(peer, cursor, this.tail, nowMs);
      else if (stampIn(this.shared.vector, origin) > cursor.sent) this.readFor(peer, cursor, nowMs);
    }
  }

  /** What is folded is in no log: who does not get on and lacks it, as one from an old backup does, needs a state. */
  private lookForLackOf(peer: Peer, latest: string, nowMs: number): void {
    const { applied } = peer.standing;
    if (nowMs - peer.movedAtMs < this.shared.limits.foldGapAfterMs || stampIn(applied, latest) === WHOLE) return;
    peer.movedAtMs = nowMs;
    this.shared.commands.push({ kind: "gap", peer: peer.name, origin: latest, after: stampIn(applied, latest) });
  }

  private cursorOf(peer: Peer, origin: string): Cursor {
    let cursor = peer.cursors.get(origin);
    if (cursor === undefined) {
      cursor = new Cursor(origin, stampIn(peer.standing.applied, origin));
      peer.cursors.set(origin, cursor);
    }
    return cursor;
  }

  private isDue(peer: Peer, cursor: Cursor, nowMs: number): boolean {
    const region = regionOfOrigin(cursor.origin);
    if (region === this.shared.region) return true;
    if (region === peer.name) return cursor.origin !== peer.standing.ownOrigin;
    if (stampIn(this.shared.vector, cursor.origin) <= cursor.acked) {
      cursor.stillSinceMs = undefined;
      return false;
    }
    cursor.stillSinceMs ??= nowMs;
    const { relayAfterMs, relayConnectedAfterMs } = this.shared.limits;
    const isConnected = peer.standing.sources.includes(region);
    const isStill = nowMs - cursor.stillSinceMs >= (isConnected ? relayConnectedAfterMs : relayAfterMs);
    if (cursor.relaying && isConnected && !isStill) cursor.relaying = false;
    if (!cursor.relaying && isStill) {
      cursor.relaying = true;
      cursor.rewind(cursor.acked);
    }
    return cursor.relaying;
  }

  /** The own log: from the tail where it reaches back far enough, else from the server; and on from its end. */
  private pumpTail(peer: Peer, cursor: Cursor, tail: Tail<P>, nowMs: number): void {
    const { limits } = this.shared;
    if (cursor.sent > tail.last && tail.reading === undefined) tail.restartAt(cursor.sent);
    const next = cursor.sent < tail.after ? cursor.sent : tail.firstAfter(cursor.sent);
    if (next !== undefined && this.backlogs.reaches(cursor, next)) {
      this.readFor(peer, cursor, nowMs);
      return;
    }
    while (cursor.sent < tail.last && cursor.sent >= tail.after) {
      const room = this.roomOf(cursor, nowMs);
      if (room <= 0) return;
      this.send(peer, cursor, tail.from(cursor.sent, limits.frameEntriesMax, Math.min(room, limits.frameBytesMax)));
    }
    if (cursor.sent < tail.after) this.readFor(peer, cursor, nowMs);
    else if (cursor.sent === tail.last && tail.reading === undefined && this.roomOf(cursor, nowMs) > 0) {
      tail.reading = this.read(tail.origin, tail.last, true, this.shared.limits.readBytesMax);
    }
  }

  private readFor(peer: Peer, cursor: Cursor, nowMs: number): void {
    const room = this.roomOf(cursor, nowMs);
    if (cursor.reading !== undefined || room <= 0) return;
    const bytesMax = Math.min(room, this.shared.limits.readBytesMax);
    const backlog = this.backlogs.of(cursor, peer.name, peer.standing.applied);
    cursor.reading = this.read(cursor.origin, cursor.sent, false, bytesMax, backlog);
    this.reads.set(cursor.reading, { peer: peer.name, cursor, after: cursor.sent });
  }

  private read(origin: string, after: number, follow: boolean, bytesMax: number, backlog?: Backlog): number {
    const read = this.shared.nextId();
    const { readEntriesMax: entriesMax } = this.shared.limits;
    const what = { origin, after, entriesMax, bytesMax, follow, ...(backlog && { backlog }) };
    this.shared.commands.push({ kind: "read", read, ...what });
    return read;
  }

  private roomOf(cursor: Cursor, nowMs: number): number {
    const { limits } = this.shared;
    return cursor.flightEntries >= limits.windowEntriesMax
      ? 0
      : cursor.window.bytes(limits, nowMs) - cursor.flightBytes;
  }

  private send(peer: Peer, cursor: Cursor, entries: readonly Entry<P>[]): void {
    const { frameBytesMax, frameEntriesMax } = this.shared.limits;
    let begin = 0;
    while (begin < entries.length) {
      let end = begin;
      let bytes = 0;
      while (end < entries.length && end - begin < frameEntriesMax) {
        const size = entries[end]!.payload.length;
        if (bytes + size > frameBytesMax && end > begin) break;
        bytes += size;
        end++;
      }
      const part = begin === 0 && end === entries.length ? entries : entries.slice(begin, end);
      const batch: Batch<P> = { origin: cursor.origin, after: cursor.sent, entries: part };
      cursor.push({ first: part[0]!.stamp, last: part[part.length - 1]!.stamp, entries: part.length, bytes });
      this.shared.commands.push({ kind: "send", peer: peer.name, batch });
      begin = end;
    }
  }

  private rewound(peer: Peer, { origin, after, reason }: Rewind, nowMs: number): void {
    const cursor = this.cursorOf(peer, origin);
    if (reason === "refused") cursor.plainTo = Math.max(cursor.plainTo, cursor.sent);
    cursor.rewind(after);
    if (reason === "refused" && cursor.countRefusal(after) >= this.shared.limits.refusalsMax) {
      this.park(peer, cursor, nowMs);
    }
  }

  /** The log does not hold what the peer needs next. */
  private park(peer: Peer, cursor: Cursor, nowMs: number): void {
    const known = stampIn(this.shared.vector, cursor.origin);
    if (known <= cursor.sent) return; // nothing is missing: somebody looked past the end
    cursor.parkedUntilMs = nowMs + this.shared.limits.parkMs;
    this.shared.commands.push({ kind: "gap", peer: peer.name, origin: cursor.origin, after: cursor.sent });
    const about = { peer: peer.name, origin: cursor.origin };
    this.shared.alarm("REPLICA_NEEDS_STATE_SYNC", about, `it stands at ${cursor.sent}, we at ${known}`, nowMs);
  }
}
