/**
 * The sending end: listens, answers the Hello of each receiver, sends it batches and hears its acknowledgements.
 *
 * Why the receiver dials and not the sender: the bulk flows towards the client of the call, and only a client can
 * widen HTTP/2's receive window in grpc-js (`grpc-node.flow_control_window`; its server stays at 64 KB). And the Hello
 * then says where the receiver stands, one round trip sooner.
 *
 * 1. One stream a peer: a newer one ends the older.
 * 2. What can't be read ends the stream before anything of it is used.
 */
import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServiceError,
  status as grpcStatus,
} from "@grpc/grpc-js";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { ClockSkew } from "./clock-skew.js";
import { Packer } from "./compression.js";
import { CODE_TRAILER, LinkError, linkErrors } from "./errors.js";
import {
  type Acknowledgement as WireAcknowledgement,
  Compression,
  FromReceiverSchema,
  FromSenderSchema,
  type FromReceiver,
  type FromSender,
  type Hello,
  PingSchema,
  PongSchema,
  Rewind_Reason,
  WelcomeSchema,
} from "./gen/meridian/link/v1/link_pb.js";
import { protocolVersionOf, refusalOfHello } from "./handshake.js";
import { Heartbeat } from "./heartbeat.js";
import { linkLimits } from "./limits.js";
import { Outbox } from "./outbox.js";
import { isStamp, PositionReader } from "./positions.js";
import { linkService } from "./service.js";
import { TokenBucket } from "./token-bucket.js";
import type { Acknowledgement, Identity, LinkBatch, LinkOptions, LinkRewind, LinkTraffic, Position } from "./types.js";

export interface ListenerHandlers {
  /** False: receivers are asked to come again. */
  isReady(): boolean;
  peerUp(peer: string, position: Position): void;
  peerDown(peer: string, error: LinkError): void;
  acknowledged(peer: string, acknowledgement: Acknowledgement): void;
  /** Whether more can be sent to it now, or is only going to lie in memory. */
  writable(peer: string, on: boolean): void;
  /** A receiver was refused, or sent what can't be read. */
  refused(peer: string, error: LinkError): void;
}

type Stream = ServerDuplexStream<Uint8Array, Uint8Array>;

/** Of one peer, over all of its streams. */
interface Line {
  readonly bucket: TokenBucket;
  readonly traffic: LinkTraffic;
}

export class Listener {
  private readonly server = new Server({
    "grpc.max_receive_message_length": linkLimits.messageBytesMax,
    "grpc.keepalive_time_ms": linkLimits.keepaliveMs,
    "grpc.keepalive_timeout_ms": linkLimits.keepaliveTimeoutMs,
    "grpc.enable_channelz": 0,
  });
  private readonly receivers = new Map<string, Receiver>();
  private readonly lines = new Map<string, Line>();
  private boundPort = 0;

  constructor(
    private readonly identity: Identity,
    private readonly link: LinkOptions,
    private readonly handlers: ListenerHandlers,
  ) {
    this.server.addService(linkService, { replicate: (stream: Stream) => this.serve(stream) });
  }

  /** The port, when 0 was asked for. */
  get port(): number {
    return this.boundPort;
  }

  listen(address: { host: string; port: number }): Promise<void> {
    const host = address.host.includes(":") ? `[${address.host}]` : address.host;
    const text = `${host}:${address.port}`;
    return new Promise((resolve, reject) => {
      this.server.bindAsync(text, ServerCredentials.createInsecure(), (error, port) => {
        if (error !== null) {
          reject(new LinkError("LINK_LISTEN", { address: text, reason: error.message }, error));
          return;
        }
        this.boundPort = port;
        resolve();
      });
    });
  }

  send(peer: string, batch: LinkBatch): void {
    this.receivers.get(peer)?.send(batch);
  }

  roundTripMsOf(peer: string): number | null {
    return this.receivers.get(peer)?.heartbeat.roundTripMs ?? null;
  }

  clockSkewOf(peer: string): ClockSkew | null {
    return this.receivers.get(peer)?.heartbeat.clockSkew ?? null;
  }

  trafficOf(peer: string): LinkTraffic {
    return this.lineOf(peer).traffic;
  }

  /** What batches to the peer may use, in bytes a second; undefined: no limit. At once, for the stream that is open too. */
  limit(peer: string, bytesPerSecond: number | undefined): void {
    this.lineOf(peer).bucket.limit(bytesPerSecond, performance.now());
    this.receivers.get(peer)?.relimited();
  }

  limitOf(peer: string): number | undefined {
    return this.lineOf(peer).bucket.bytesPerSecond;
  }

  async stop(): Promise<void> {
    for (const receiver of this.receivers.values()) receiver.end(new LinkError("LINK_CLOSED", { reason: "it stops" }));
    await new Promise<void>((resolve) => {
      const force = setTimeout(() => this.server.forceShutdown(), linkLimits.stopMsMax);
      this.server.tryShutdown(() => {
        clearTimeout(force);
        resolve();
      });
    });
  }

  private serve(stream: Stream): void {
    let receiver: Receiver | undefined;
    let over = false;
    const helloTimer = setTimeout(() => {
      over = true;
      refuse(stream, new LinkError("LINK_CLOSED", { reason: "no Hello came" }));
    }, linkLimits.handshakeMsMax);
    const close = (error: LinkError): void => {
      over = true;
      clearTimeout(helloTimer);
      if (receiver === undefined) return;
      const gone = receiver;
      receiver = undefined;
      gone.stop();
      if (this.receivers.get(gone.peer) !== gone) return;
      this.receivers.delete(gone.peer);
      this.handlers.peerDown(gone.peer, error);
    };
    const fail = (error: LinkError): void => {
      const peer = receiver?.peer ?? "";
      over = true;
      refuse(stream, error);
      this.handlers.refused(peer, error);
      close(error);
    };
    stream.on("data", (bytes: Uint8Array) => {
      if (over) return;
      try {
        const message = fromBinary(FromReceiverSchema, bytes);
        if (receiver !== undefined) {
          receiver.heard(message);
          return;
        }
        clearTimeout(helloTimer);
        receiver = this.welcome(stream, message, close);
      } catch (error) {
        fail(error instanceof LinkError ? error : corrupt(receiver?.peer ?? "a receiver", error));
      }
    });
    stream.on("error", (error: Error) => close(new LinkError("LINK_CLOSED", { reason: error.message }, error)));
    stream.on("cancelled", () => close(new LinkError("LINK_CLOSED", { reason: "the receiver left" })));
    stream.on("end", () => {
      stream.end();
      close(new LinkError("LINK_CLOSED", { reason: "the receiver left" }));
    });
  }

  private welcome(stream: Stream, first: FromReceiver, close: (error: LinkError) => void): Receiver {
    if (first.message.case !== "hello") throw new RangeError("the first message is no Hello");
    const hello = first.message.value;
    const refusal = refusalOfHello(hello, this.identity);
    if (refusal !== undefined) throw refusal;
    if (!this.handlers.isReady()) throw new LinkError("LINK_NOT_READY", { region: this.identity.region });
    const peer = hello.region;
    this.receivers.get(peer)?.replace();
    const isPacked = this.link.compression && hello.compressions.includes(Compression.DEFLATE);
    const line = this.lineOf(peer);
    const receiver = new Receiver({ peer, stream, isPacked, line, link: this.link, handlers: this.handlers, close });
    const position = receiver.positionOf(hello);
    this.receivers.set(peer, receiver);
    receiver.write({
      case: "welcome",
      value: create(WelcomeSchema, {
        protocolVersion: protocolVersionOf(this.identity),
        softwareVersion: this.identity.softwareVersion,
        region: this.identity.region,
        namespace: this.identity.namespace,
        compression: isPacked ? Compression.DEFLATE : Compression.UNSPECIFIED,
      }),
    });
    this.handlers.peerUp(peer, position);
    return receiver;
  }

  private lineOf(peer: string): Line {
    let line = this.lines.get(peer);
    if (line === undefined) this.lines.set(peer, (line = { bucket: new TokenBucket(), traffic: { wireBytes: 0 } }));
    return line;
  }
}

interface ReceiverOptions {
  readonly peer: string;
  readonly stream: Stream;
  readonly isPacked: boolean;
  readonly line: Line;
  readonly link: LinkOptions;
  readonly handlers: ListenerHandlers;
  readonly close: (error: LinkError) => void;
}

/** One receiver, from its Hello on. */
class Receiver {
  readonly heartbeat: Heartbeat;
  private readonly applied = new PositionReader();
  private readonly durable = new PositionReader();
  private readonly outbox: Outbox;

  constructor(private readonly options: ReceiverOptions) {
    const { peer, stream, isPacked, line, link, handlers } = options;
    this.heartbeat = new Heartbeat({
      ping: (number) => this.write({ case: "ping", value: create(PingSchema, { number }) }),
      silent: () => this.end(new LinkError("LINK_SILENT", { peer, seconds: linkLimits.silenceMsMax / 1000 })),
      serverNowMs: link.serverNowMs,
    });
    this.outbox = new Outbox({
      write: (bytes) => {
        line.traffic.wireBytes += bytes.length;
        return stream.write(bytes);
      },
      packer: isPacked ? new Packer() : undefined,
      bucket: line.bucket,
      onFlow: (flows) => handlers.writable(peer, flows),
      onFault: (error) => this.end(new LinkError("LINK_CLOSED", { reason: `packing failed: ${String(error)}` }, error)),
    });
    stream.on("drain", () => this.outbox.drained());
  }

  get peer(): string {
    return this.options.peer;
  }

  positionOf({ ownOrigin, applied, durable, sources }: Hello | WireAcknowledgement): Position {
    return { ownOrigin, applied: this.applied.apply(applied), durable: this.durable.apply(durable), sources };
  }

  heard({ message }: FromReceiver): void {
    this.heartbeat.heard();
    switch (message.case) {
      case "ping":
        this.pong(message.value.number);
        return;
      case "pong":
        this.heartbeat.ponged(message.value.number, message.value.serverMs);
        return;
      case "acknowledgement": {
        const position = this.positionOf(message.value);
        this.options.handlers.acknowledged(this.peer, { ...position, rewind: rewindOf(message.value) });
        return;
      }
      case "hello":
      case undefined:
        throw new RangeError(`a message '${message.case ?? "of no known kind"}'`);
    }
  }

  send(batch: LinkBatch): void {
    this.outbox.push(batch);
  }

  relimited(): void {
    this.outbox.relimited();
  }

  write(message: FromSender["message"]): void {
    this.options.stream.write(toBinary(FromSenderSchema, create(FromSenderSchema, { message })));
  }

  /** The stream is gone. */
  stop(): void {
    this.heartbeat.stop();
    this.outbox.stop();
  }

  private pong(number: number): void {
    const serverMs = this.options.link.serverNowMs() ?? 0;
    this.write({ case: "pong", value: create(PongSchema, { number, serverMs }) });
  }

  /** The same peer dialled anew: this stream is of no use any more. */
  replace(): void {
    this.end(new LinkError("LINK_CLOSED", { reason: "the receiver dialled again" }));
  }

  end(error: LinkError): void {
    this.options.close(error);
    refuse(this.options.stream, error);
  }
}

function rewindOf({ rewind }: WireAcknowledgement): LinkRewind | undefined {
  if (rewind === undefined) return undefined;
  if (!isStamp(rewind.after) || rewind.reason === Rewind_Reason.UNSPECIFIED) throw new RangeError("no rewind");
  const reason = rewind.reason === Rewind_Reason.REFUSED ? "refused" : "missing";
  return { origin: rewind.origin, after: rewind.after, reason };
}

function corrupt(peer: string, error: unknown): LinkError {
  return new LinkError("LINK_CORRUPT", { peer, reason: error instanceof Error ? error.message : String(error) }, error);
}

/** Ends the call with the error's status and code. */
function refuse(stream: Stream, error: LinkError): void {
  const metadata = new Metadata();
  metadata.set(CODE_TRAILER, error.code);
  const failure: Partial<ServiceError> = {
    code: linkErrors[error.code].status ?? grpcStatus.INTERNAL,
    details: error.message,
    metadata,
  };
  stream.emit("error", failure);
}
