/**
 * The links of one region: the listener that sends and a dialer for each peer, with what is known about each link.
 * Events of the wire become events of the machine.
 */
import {
  Dialer,
  type Listener,
  type ListenerHandlers,
  type ClockSkew,
  type ExportedText,
  type ExportWish,
  type Identity,
  LinkError,
  type LinkOptions,
} from "../../link/index.js";
import { alarmOf, type Alarm } from "../alarms.js";
import type { Command, ReplicaEvent, Standing } from "../protocol.js";
import { Meter } from "./meter.js";
import { entriesIn } from "./records.js";

export type LinkState = "up" | "connecting" | "refused";

/** One direction of one pair, as this end sees it. */
export class LinkRecord {
  state: LinkState = "connecting";
  /** Unix ms since when it is in this state. */
  sinceMs = Date.now();
  lastError: string | null = null;
  readonly meter = new Meter();

  become(state: LinkState, error?: string): void {
    if (error !== undefined) this.lastError = error;
    if (state === this.state) return;
    this.state = state;
    this.sinceMs = Date.now();
  }
}

export interface Peer {
  readonly region: string;
  /** host:port, of each of its agents. */
  readonly address: string | readonly string[];
  /** What is sent to it uses at most so many bytes a second; undefined: no limit. */
  readonly bytesPerSecond?: number | undefined;
}

type Direction = "outgoing" | "incoming";

export interface LinksOptions {
  readonly identity: Identity;
  readonly link: LinkOptions;
  /** It listens; while the links run it serves them. */
  readonly listener: Listener;
  readonly peers: readonly Peer[];
  /** Where this region stands; undefined while its server is not known or lost. */
  readonly standing: () => Standing | undefined;
  /** What is given away of this region's state. */
  readonly exported: (peer: string, wish: ExportWish, signal: AbortSignal) => AsyncIterable<ExportedText>;
  readonly dispatch: (event: ReplicaEvent<Uint8Array>) => void;
  readonly alarm: (alarm: Alarm) => void;
}

export class Links {
  readonly outgoing = new Map<string, LinkRecord>();
  readonly incoming = new Map<string, LinkRecord>();
  private readonly handlers: ListenerHandlers;
  private readonly dialers = new Map<string, Dialer>();

  constructor(private readonly options: LinksOptions) {
    const { standing, dispatch } = options;
    this.handlers = {
      isReady: () => standing() !== undefined,
      peerUp: (peer, position, { agent }) => {
        this.dialers.get(peer)?.movedTo(agent);
        this.outgoing.get(peer)?.become("up");
        dispatch({ kind: "peerUp", peer, standing: position });
      },
      peerDown: (peer, error) => {
        this.outgoing.get(peer)?.become("connecting", error.message);
        dispatch({ kind: "peerDown", peer });
      },
      acknowledged: (peer, { rewind, ...standing }) => dispatch({ kind: "acked", peer, standing, rewind }),
      writable: (peer, on) => dispatch({ kind: "writable", peer, on }),
      exported: options.exported,
      refused: (peer, error) => this.refusedPeer(peer, error),
    };
    for (const peer of options.peers) this.add(peer);
  }

  start(): void {
    this.listener.serveFor(this.handlers);
    for (const dialer of this.dialers.values()) dialer.start();
  }

  /** `reason`: what those are told who are served. */
  stop(reason: string): void {
    for (const dialer of this.dialers.values()) dialer.stop();
    this.listener.standBy(reason);
  }

  /** All other regions that there are, from now on: links to those that were stay as they are. */
  setPeers(peers: readonly Peer[]): void {
    const kept = new Set(peers.map(({ region }) => region));
    for (const [peer, dialer] of this.dialers) {
      if (kept.has(peer)) continue;
      dialer.stop();
      this.dialers.delete(peer);
      this.listener.drop(peer);
      this.outgoing.delete(peer);
      this.incoming.delete(peer);
    }
    for (const peer of peers) if (!this.dialers.has(peer.region)) this.add(peer).start();
  }

  private add({ region, address, bytesPerSecond }: Peer): Dialer {
    this.listener.limit(region, bytesPerSecond);
    this.outgoing.set(region, new LinkRecord());
    this.incoming.set(region, new LinkRecord());
    const dialer = this.dialerOf(region, address);
    this.dialers.set(region, dialer);
    return dialer;
  }

  private get listener(): Listener {
    return this.options.listener;
  }

  send({ peer, batch }: Extract<Command<Uint8Array>, { kind: "send" }>): void {
    let bytes = 0;
    let entries = 0;
    for (const { payload } of batch.entries) {
      bytes += payload.length;
      entries += entriesIn(payload);
    }
    this.outgoing.get(peer)?.meter.count(entries, bytes, performance.now());
    this.listener.send(peer, batch);
  }

  /** The peer's next entries won't come by a log. */
  tell({ peer, origin, after }: Extract<Command<Uint8Array>, { kind: "gap" }>): void {
    this.listener.tell(peer, { origin, after });
  }

  /** The state of the source. */
  ask(source: string, wish: ExportWish, signal: AbortSignal): AsyncIterable<ExportedText> {
    const dialer = this.dialers.get(source);
    if (dialer === undefined) throw new LinkError("LINK_CLOSED", { reason: `no link to ${source}` });
    return dialer.export(wish, signal);
  }

  /** Undefined: only the limits of the links. */
  limitExports(bytesPerSecond: number | undefined): void {
    this.listener.limitExports(bytesPerSecond);
  }

  acknowledge({ source, standing, rewind }: Extract<Command<Uint8Array>, { kind: "ack" }>): void {
    this.dialers.get(source)?.acknowledge({ ...standing, rewind });
  }

  /** What the source sends can't be used. */
  close(source: string, reason: string): void {
    this.dialers.get(source)?.close(reason);
  }

  /** Undefined: no limit. */
  limit(peer: string, bytesPerSecond: number | undefined): void {
    this.listener.limit(peer, bytesPerSecond);
  }

  limitOf(peer: string): number | undefined {
    return this.listener.limitOf(peer);
  }

  roundTripMs(peer: string, direction: Direction): number | null {
    return direction === "outgoing" ? this.listener.roundTripMsOf(peer) : (this.dialers.get(peer)?.roundTripMs ?? null);
  }

  /** How far the clock of the peer's server is ahead of ours; either stream tells, the more exact one is believed. */
  clockSkew(peer: string): ClockSkew | null {
    const [one, other] = [this.listener.clockSkewOf(peer), this.dialers.get(peer)?.clockSkew ?? null];
    if (one === null || other === null) return one ?? other;
    return one.errorMs <= other.errorMs ? one : other;
  }

  wireBytes(peer: string, direction: Direction): number {
    const traffic = direction === "outgoing" ? this.listener.trafficOf(peer) : this.dialers.get(peer)?.traffic;
    return traffic?.wireBytes ?? 0;
  }

  private dialerOf(source: string, address: Peer["address"]): Dialer {
    const { identity, link, standing, dispatch } = this.options;
    const record = this.incoming.get(source)!;
    return new Dialer({
      peer: source,
      addresses: typeof address === "string" ? [address] : address,
      identity,
      link,
      random: Math.random,
      handlers: {
        position: standing,
        up: () => {
          record.become("up");
          dispatch({ kind: "sourceUp", source });
        },
        received: (batch) => {
          let bytes = 0;
          let entries = 0;
          for (const { payload } of batch.entries) {
            bytes += payload.length;
            entries += entriesIn(payload);
          }
          record.meter.count(entries, bytes, performance.now());
          dispatch({ kind: "received", source, batch });
        },
        gap: ({ origin, after }) => dispatch({ kind: "gap", source, origin, after }),
        down: (error) => {
          const isNews = error.code !== "LINK_STANDBY"; // another address is dialled
          record.become(error.isRefusal ? "refused" : "connecting", isNews ? error.message : undefined);
          this.alarmFor(source, error);
          dispatch({ kind: "sourceDown", source });
        },
      },
    });
  }

  private refusedPeer(peer: string, error: LinkError): void {
    if (error.isRefusal) this.outgoing.get(peer)?.become("refused", error.message);
    this.alarmFor(peer, error);
  }

  private alarmFor(peer: string, error: LinkError): void {
    const about = peer === "" ? {} : { peer };
    if (error.isRefusal) this.options.alarm(alarmOf("REPLICA_LINK_REFUSED", about, error.message));
    if (error.code === "LINK_CORRUPT") this.options.alarm(alarmOf("REPLICA_LINK_CORRUPT", about, error.message));
  }
}
