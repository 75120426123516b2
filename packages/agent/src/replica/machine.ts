/**
 * The replica machine: what an agent does with logs, without any I/O. Events in, commands out, time passed in.
 *
 * It keeps nothing that matters: where things stand is in the servers, and a machine that begins anew goes on from
 * there. It is the same machine in an agent and in the tests, where thousands of them run over a model network.
 */
import { Folds } from "./folds.js";
import { Gaps } from "./gaps.js";
import { replicaLimits, type ReplicaLimits } from "./limits.js";
import type { Command, Payload, ReplicaEvent, Standing } from "./protocol.js";
import { Receiver } from "./receiver.js";
import { Sender, type PeerView } from "./sender.js";
import { Shared } from "./shared.js";
import { Trimmer, type Retention } from "./trimmer.js";
import { covers, isLowered, regionOfOrigin, stampIn, type Vector, WHOLE } from "./vector.js";

export class Replica<P extends Payload> {
  private readonly shared: Shared<P>;
  private readonly sender: Sender<P>;
  private readonly receiver: Receiver<P>;
  private readonly trimmer: Trimmer<P>;
  private readonly gaps: Gaps<P>;
  private readonly folds: Folds<P>;
  /** A state is taken in. */
  private isImporting = false;

  constructor(region: string, regions: readonly string[], limits: ReplicaLimits = replicaLimits) {
    this.shared = new Shared<P>(region, regions, limits);
    this.sender = new Sender<P>(this.shared);
    this.receiver = new Receiver<P>(this.shared);
    this.trimmer = new Trimmer<P>(this.shared);
    this.gaps = new Gaps<P>(this.shared);
    this.folds = new Folds<P>(this.shared, this.trimmer);
  }

  /** All regions that there are, in their order, from now on. */
  setRegions(regions: readonly string[]): void {
    this.shared.setRegions(regions);
    this.folds.restart();
  }

  /** Where this region stands; undefined until its server has said so. */
  standing(): Standing | undefined {
    return this.shared.ownOrigin === "" ? undefined : this.shared.standing();
  }

  get serverUp(): boolean {
    return this.shared.serverUp;
  }

  /** Where the peer stands, as last heard; also while its link is down. */
  standingOf(peer: string): Standing | undefined {
    return this.trimmer.standingOf(peer);
  }

  /** The stamp of our own log that the peer has acknowledged; undefined: never heard of. */
  ackedBy(peer: string): number | undefined {
    const standing = this.standingOf(peer);
    return standing === undefined ? undefined : stampIn(standing.applied, this.shared.ownOrigin);
  }

  /** How the logs are kept. */
  get retention(): Retention {
    return this.trimmer.retention;
  }

  /** What of this region outlives a crash of its server. */
  get durable(): Vector {
    return this.shared.durable;
  }

  /** The regions that this one receives from right now. */
  get sources(): readonly string[] {
    return [...this.shared.sources];
  }

  /** An origin of which no log brings more: a state is to be taken in. Undefined: logs do, as far as is known. */
  needsState(nowMs: number): string | undefined {
    return this.shared.serverUp ? this.gaps.due(nowMs) : undefined;
  }

  /** Origins that something came of. */
  queuedOrigins(): Iterable<string> {
    return this.receiver.origins();
  }

  peerView(peer: string): PeerView | undefined {
    return this.sender.view(peer);
  }

  backlogOf(origin: string): { entries: number; oldest: number | undefined } {
    return this.receiver.backlogOf(origin);
  }

  /**
   * Nothing is left to be done, as far as is known: every region holds all of it durably, the logs are cut to their ends, and
   * no incarnation waits to be folded away. A machine that begins anew later goes on from the same place.
   */
  get isSettled(): boolean {
    const { shared, trimmer } = this;
    if (!shared.serverUp || this.isImporting || shared.pinned.size > 0 || !this.gaps.isEmpty) return false;
    for (const origin of this.receiver.origins()) if (this.receiver.backlogOf(origin).entries > 0) return false;
    for (const [origin, stamp] of shared.vector) {
      const isFormer = regionOfOrigin(origin) === shared.region && origin !== shared.ownOrigin;
      if (stamp !== WHOLE && stamp > 0 && (isFormer || !trimmer.isCut(origin, stamp))) return false;
    }
    const standings = shared.peers.map((peer) => this.standingOf(peer));
    return (
      covers(shared.durable, shared.vector) &&
      standings.every((one) => one !== undefined && covers(one.durable, shared.vector)) &&
      standings.every((one) => one !== undefined && covers(shared.vector, one.applied))
    );
  }

  /** Takes one event; the commands are to be carried out in their order. */
  handle(event: ReplicaEvent<P>, nowMs: number): Command<P>[] {
    this.take(event, nowMs);
    const { commands } = this.shared;
    this.shared.commands = [];
    return commands;
  }

  private take(event: ReplicaEvent<P>, nowMs: number): void {
    const { shared, sender, receiver, trimmer } = this;
    switch (event.kind) {
      case "state":
        this.stateRead(event, nowMs);
        return;
      case "serverLost":
        shared.serverUp = false;
        sender.serverLost();
        receiver.serverLost();
        trimmer.serverLost();
        this.folds.restart();
        return;
      case "durable":
        this.durableSeen(event.vector, nowMs);
        return;
      case "logged":
        sender.logged(event, nowMs);
        return;
      case "readFailed":
        sender.readFailed(event.read);
        return;
      case "peerUp":
        this.heard(event.peer, event.standing);
        trimmer.peerUp(event.peer);
        sender.peerUp(event.peer, event.standing, nowMs);
        return;
      case "peerDown":
        trimmer.peerDown(event.peer);
        sender.peerDown(event.peer);
        this.folds.restart();
        return;
      case "writable":
        sender.setWritable(event.peer, event.on, nowMs);
        return;
      case "acked":
        this.heard(event.peer, event.standing);
        sender.acked(event, nowMs);
        return;
      case "sourceUp":
        receiver.sourceUp(event.source, nowMs);
        return;
      case "sourceDown":
        this.gaps.sourceDown(event.source);
        receiver.sourceDown(event.source, nowMs);
        return;
      case "gap":
        this.gaps.told(event.source, event.origin, event.after, nowMs);
        return;
      case "exporting":
        trimmer.gave(event.peer, event.vector, nowMs);
        return;
      case "importing":
        this.importing(event.vector, nowMs);
        return;
      case "logSize":
        trimmer.logBytes = event.bytes;
        return;
      case "received":
        receiver.received(event.source, event.batch, nowMs);
        return;
      case "applied":
        receiver.applied(event.apply, event.reply, nowMs);
        sender.pumpAll(nowMs);
        return;
      case "tick":
        this.tick(nowMs);
        return;
    }
  }

  private heard(peer: string, standing: Standing): void {
    if (this.standingOf(peer)?.ownOrigin !== standing.ownOrigin) this.folds.restart();
    this.trimmer.heard(peer, standing);
  }

  private tick(nowMs: number): void {
    const { shared, sender, receiver, trimmer } = this;
    receiver.tick(nowMs);
    shared.isCatchingUp = this.isImporting || this.needsState(nowMs) !== undefined;
    trimmer.tick(nowMs);
    this.folds.tick(nowMs);
    sender.pumpAll(nowMs);
  }

  private durableSeen(vector: Vector, nowMs: number): void {
    const { shared } = this;
    shared.durable = vector;
    if (!this.isImporting && covers(vector, shared.pinned)) shared.pinned = new Map();
    this.receiver.acknowledgeAll(nowMs);
  }

  private importing(vector: Vector | undefined, nowMs: number): void {
    this.isImporting = vector !== undefined;
    if (vector === undefined) return; // it counts on until it is durable that we stand there
    this.shared.pinned = vector;
    this.receiver.acknowledgeAll(nowMs);
  }

  private stateRead(event: Extract<ReplicaEvent<P>, { kind: "state" }>, nowMs: number): void {
    const { shared } = this;
    const next = new Map(event.vector);
    if (event.ownOrigin === shared.ownOrigin) {
      // The follower reads on a connection of its own, and may know more of the own log than an older answer.
      const known = shared.vector.get(event.ownOrigin) ?? 0;
      if (known > (next.get(event.ownOrigin) ?? 0)) next.set(event.ownOrigin, known);
    }
    const moved =
      event.ownOrigin !== shared.ownOrigin || isLowered(shared.vector, next) || isLowered(next, shared.vector);
    shared.vector.clear();
    for (const [origin, stamp] of next) shared.vector.set(origin, stamp);
    shared.ownOrigin = event.ownOrigin;
    shared.serverNowMs = event.serverNowMs;
    shared.serverUp = true;
    this.sender.stateRead();
    this.receiver.stateRead(moved, nowMs);
    this.sender.pumpAll(nowMs);
  }
}
