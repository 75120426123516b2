/**
 * The receiving end: dials a sender, says where this region stands, hands over what comes and acknowledges.
 *
 * 1. It dials again for ever, with back-off and jitter; every dial is a connection of its own.
 * 2. What can't be read closes the stream, and nothing of it is handed over.
 * 3. Of a region with several agents one is to be reached, the one that does not stand by: the addresses are dialled in
 *    turn, and once another agent is known to replicate, a stream to the one before is left.
 */
import type { Client, ClientDuplexStream, ServiceError } from "@grpc/grpc-js";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { openChannel } from "./channel.js";
import type { ClockSkew } from "./clock-skew.js";
import { LinkError } from "./errors.js";
import { callExport } from "./export-call.js";
import {
  AcknowledgementSchema,
  Compression,
  FromReceiverSchema,
  FromSenderSchema,
  type FromReceiver,
  PingSchema,
  PongSchema,
  Rewind_Reason,
  RewindSchema,
} from "./gen/meridian/link/v1/link_pb.js";
import { helloOf, refusalOfWelcome } from "./handshake.js";
import { AddressTurn } from "./address-turn.js";
import { Heartbeat } from "./heartbeat.js";
import { Intake } from "./intake.js";
import { linkLimits } from "./limits.js";
import { isStamp, PositionWriter } from "./positions.js";
import { linkErrorOf } from "./remote-errors.js";
import { asBytes, fromBytes, REPLICATE_PATH } from "./service.js";
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

export interface DialerHandlers {
  /** Where this region stands now; undefined: not known yet, dial later. */
  position(): Position | undefined;
  up(): void;
  received(batch: LinkBatch): void;
  /** The peer's log no longer holds what follows the stamp. */
  gap(gap: LinkGap): void;
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

type Stream = ClientDuplexStream<Uint8Array, Uint8Array>;

export class Dialer {
  readonly traffic: LinkTraffic = { wireBytes: 0 };
  private session: Session | undefined;
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
    this.session = new Session({ ...this.options, address }, position, this.traffic, (error, openMs) => {
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

type SessionOptions = DialerOptions & { readonly address: string };

/** One dial and the stream that comes of it. */
class Session {
  /** Which of the peer's agents answered; undefined until one did. */
  agent: string | undefined;
  heartbeat: Heartbeat | undefined;
  private readonly client: Client;
  private readonly stream: Stream;
  private intake: Intake | undefined;
  private readonly applied = new PositionWriter();
  private readonly durable = new PositionWriter();
  private readonly handshakeTimer: NodeJS.Timeout;
  private openedAtMs: number | undefined;
  private ended = false;
  /** Who answered is certified, but as somebody else. */
  private refusal: LinkError | undefined;

  constructor(
    private readonly options: SessionOptions,
    position: Position,
    private readonly traffic: LinkTraffic,
    private readonly done: (error: LinkError, openMs: number) => void,
  ) {
    const { address, peer, identity, link } = options;
    const onRefusal = (refusal: LinkError): void => void (this.refusal = refusal);
    this.client = openChannel({ peer, address, identity, link, windowBytes: linkLimits.windowBytes, onRefusal });
    this.stream = this.client.makeBidiStreamRequest(REPLICATE_PATH, asBytes, fromBytes);
    this.stream.on("data", (bytes: Uint8Array) => this.heard(bytes));
    this.stream.on("error", (error: ServiceError) => this.end(this.translate(error)));
    this.stream.on("end", () => this.end(new LinkError("LINK_CLOSED", { reason: `${peer} ended it` })));
    this.handshakeTimer = setTimeout(() => {
      const reason = `none within ${linkLimits.handshakeMsMax / 1000} s`;
      this.end(new LinkError("LINK_UNREACHABLE", { peer, address, reason }));
    }, linkLimits.handshakeMsMax);
    this.sayHello(position);
  }

  acknowledge({ ownOrigin, applied, durable, sources, rewind }: Acknowledgement): void {
    if (this.openedAtMs === undefined || this.ended) return;
    const value = create(AcknowledgementSchema, {
      ownOrigin,
      applied: this.applied.changes(applied),
      durable: this.durable.changes(durable),
      sources: [...sources],
    });
    if (rewind !== undefined) {
      const reason = rewind.reason === "refused" ? Rewind_Reason.REFUSED : Rewind_Reason.MISSING;
      value.rewind = create(RewindSchema, { origin: rewind.origin, after: rewind.after, reason });
    }
    this.write({ case: "acknowledgement", value });
  }

  end(error: LinkError): void {
    if (this.ended) return;
    this.ended = true;
    clearTimeout(this.handshakeTimer);
    this.heartbeat?.stop();
    this.intake?.stop();
    this.stream.on("error", () => undefined); // its own cancellation
    this.stream.cancel();
    this.client.close();
    this.done(error, this.openedAtMs === undefined ? 0 : performance.now() - this.openedAtMs);
  }

  private sayHello({ ownOrigin, applied, durable, sources }: Position): void {
    const { identity, peer, link } = this.options;
    const value = helloOf({ identity, peer, link, ownOrigin });
    value.applied = this.applied.changes(applied);
    value.durable = this.durable.changes(durable);
    value.sources = [...sources];
    this.write({ case: "hello", value });
  }

  private write(message: FromReceiver["message"]): void {
    this.stream.write(toBinary(FromReceiverSchema, create(FromReceiverSchema, { message })));
  }

  private heard(bytes: Uint8Array): void {
    if (this.ended) return;
    this.heartbeat?.heard();
    try {
      this.take(bytes);
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.end(
      error instanceof LinkError ? error : new LinkError("LINK_CORRUPT", { peer: this.options.peer, reason }, error),
    );
  }

  private take(bytes: Uint8Array): void {
    const { message } = fromBinary(FromSenderSchema, bytes);
    if (this.openedAtMs === undefined) {
      if (message.case !== "welcome") throw new RangeError("the first message is no Welcome");
      const refusal = refusalOfWelcome(message.value, this.options.peer, this.options.identity);
      if (refusal !== undefined) throw refusal;
      this.agent = message.value.agent;
      this.open(message.value.compression === Compression.DEFLATE);
      return;
    }
    switch (message.case) {
      case "batch":
        this.traffic.wireBytes += bytes.length;
        this.intake?.take({ batch: message.value });
        return;
      case "packed":
        this.traffic.wireBytes += bytes.length;
        this.intake?.take({ packed: message.value });
        return;
      case "ping": {
        const serverMs = this.options.link.serverNowMs() ?? 0;
        this.write({ case: "pong", value: create(PongSchema, { number: message.value.number, serverMs }) });
        return;
      }
      case "pong":
        this.heartbeat?.ponged(message.value.number, message.value.serverMs);
        return;
      case "gap": {
        const { origin, after } = message.value;
        if (origin === "" || !isStamp(after)) throw new RangeError("no gap");
        this.options.handlers.gap({ origin, after });
        return;
      }
      case "welcome":
      case undefined:
        throw new RangeError(`a message '${message.case ?? "of no known kind"}'`);
    }
  }

  private open(isPacked: boolean): void {
    clearTimeout(this.handshakeTimer);
    this.openedAtMs = performance.now();
    const { peer, handlers, link } = this.options;
    this.intake = new Intake({
      isPacked,
      received: (batch) => handlers.received(batch),
      failed: (error) => this.fail(error),
      onFlow: (flows) => (flows ? this.stream.resume() : this.stream.pause()),
    });
    this.heartbeat = new Heartbeat({
      ping: (number) => this.write({ case: "ping", value: create(PingSchema, { number }) }),
      silent: () => this.end(new LinkError("LINK_SILENT", { peer, seconds: linkLimits.silenceMsMax / 1000 })),
      serverNowMs: link.serverNowMs,
    });
    handlers.up();
  }

  private translate(error: ServiceError): LinkError {
    const { peer, address, link } = this.options;
    const isTls = link.certificates !== undefined && this.openedAtMs === undefined;
    return linkErrorOf(error, { peer, address, refusal: this.refusal, isTls });
  }
}
