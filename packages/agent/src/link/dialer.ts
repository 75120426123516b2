/**
 * The receiving end: dials a sender, says where this region stands, hands over what comes and acknowledges.
 *
 * 1. It dials again for ever, with back-off and jitter; every dial is a connection of its own.
 * 2. What can't be read closes the stream, and nothing of it is handed over.
 * 3. Of a region with several agents one is to be reached, the one that does not stand by: the addresses are dialled in
 *    turn, and once another agent is known to replicate, a stream to the one before is left.
 */
import type { ClockSkew } from "./clock-skew.js";
import { LinkError } from "./errors.js";
import { callExport } from "./export-call.js";
import { AddressTurn } from "./address-turn.js";
import type { GroupSet } from "./groups.js";
import { linkLimits } from "./limits.js";
import type {
  Acknowledgement,
  ExportedText,
  ExportWish,
  Identity,
  LinkBatch,
  LinkGap,
  LinkOptions,
  LinkTraffic,
  Position,
} from "./types.js";
import { DialSession } from "./dial-session.js";

export interface DialerHandlers {
  /** Where this region stands now; undefined: not known yet, dial later. */
  position(): Position | undefined;
  /** `held`: the groups that the sender holds. */
  up(held: GroupSet): void;
  received(batch: LinkBatch): void;
  /** The peer's log no longer holds what follows the stamp. */
  gap(gap: LinkGap): void;
  /** The peer may have something of these partitions, and asks where this region stands there. */
  offered?(partitions: readonly number[]): void;
  /** The groups that the sender holds from now on. */
  held?(groups: GroupSet): void;
  /** Another agent of this region takes these now. */
  dropped?(groups: GroupSet): void;
  /** An open stream ended, or a dial failed. */
  down(error: LinkError): void;
}

export interface DialerOptions {
  readonly peer: string;
  /** host:port, of each of its agents. */
  readonly addresses: readonly string[];
  readonly identity: Identity;
  readonly link: LinkOptions;
  readonly handlers: DialerHandlers;
  /** For the jitter, 0 <= x < 1. */
  readonly random: () => number;
}

export class Dialer {
  readonly traffic: LinkTraffic = { wireBytes: 0 };
  private session: DialSession | undefined;
  private timer: NodeJS.Timeout | undefined;
  private pauseMs: number = linkLimits.redialMsMin;
  private stopped = false;
  private readonly turn: AddressTurn;

  constructor(private readonly options: DialerOptions) {
    this.turn = new AddressTurn(options.addresses);
  }

  start(): void {
    if (!this.stopped) this.dial();
  }

  /** Closes what is open; the next dial follows after the back-off. */
  close(reason: string): void {
    this.session?.end(new LinkError("LINK_CLOSED", { reason }));
  }

  /** It is this agent of the peer that replicates now; "": not known. */
  movedTo(agent: string): void {
    if (agent === "" || this.stopped || this.session?.agent === agent) return;
    if (this.session === undefined) {
      clearTimeout(this.timer);
      this.dial();
    } else if (this.session.agent !== undefined) {
      this.turn.next();
      this.pauseMs = linkLimits.redialMsMin;
      this.close("another agent of the region took over");
    }
  }

  acknowledge(acknowledgement: Acknowledgement): void {
    this.session?.acknowledge(acknowledgement);
  }

  /** These groups are taken from here; of the vectors of their partitions a digest each. */
  take(groups: GroupSet, digests: Uint32Array): void {
    this.session?.take(groups, digests);
  }

  /** They are not any more. */
  leave(groups: GroupSet): void {
    this.session?.leave(groups);
  }

  /** Which of the peer's agents it is linked with; "": it does not say; undefined: with none. */
  get agent(): string | undefined {
    return this.session?.agent;
  }

  /** The peer's state, on a call of its own. Throws a LinkError where that fails. */
  export(wish: ExportWish, signal: AbortSignal): AsyncIterable<ExportedText> {
    const { peer, identity, link, handlers } = this.options;
    const { address } = this.turn;
    return callExport({ peer, address, identity, link, ownOrigin: handlers.position()?.ownOrigin ?? "" }, wish, signal);
  }

  get roundTripMs(): number | null {
    return this.session?.heartbeat?.roundTripMs ?? null;
  }

  get clockSkew(): ClockSkew | null {
    return this.session?.heartbeat?.clockSkew ?? null;
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.close("it stops");
  }

  private dial(): void {
    const position = this.options.handlers.position();
    if (position === undefined) {
      this.later(linkLimits.redialMsMin);
      return;
    }
    const { address } = this.turn;
    this.session = new DialSession({ ...this.options, address }, position, this.traffic, (error, openMs) => {
      this.session = undefined;
      if (openMs >= linkLimits.stableMs) this.pauseMs = linkLimits.redialMsMin;
      const isRoundOver = this.turn.ended(error, openMs > 0);
      this.options.handlers.down(error);
      if (this.stopped) return;
      if (!isRoundOver) {
        this.later(linkLimits.redialMsMin);
        return;
      }
      if (this.turn.metStandby) this.later(linkLimits.standbyRedialMs);
      else {
        this.later(error.isRefusal ? linkLimits.refusedRedialMs : this.pauseMs);
        this.pauseMs = Math.min(this.pauseMs * 2, linkLimits.redialMsMax);
      }
    });
  }

  private later(pauseMs: number): void {
    const jittered = pauseMs * (0.5 + this.options.random() / 2);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.dial(), jittered);
  }
}
