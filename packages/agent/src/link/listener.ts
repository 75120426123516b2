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
import { encodeBatch } from "./batches.js";
import { CODE_TRAILER, LinkError, linkErrors } from "./errors.js";
import {
  type Acknowledgement as WireAcknowledgement,
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
import { isStamp, PositionReader } from "./positions.js";
import { linkService } from "./service.js";
import type { Acknowledgement, Identity, LinkBatch, LinkRewind, Position } from "./types.js";

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

export class Listener {
  private readonly server = new Server({
    "grpc.max_receive_message_length": linkLimits.messageBytesMax,
    "grpc.keepalive_time_ms": linkLimits.keepaliveMs,
    "grpc.keepalive_timeout_ms": linkLimits.keepaliveTimeoutMs,
    "grpc.enable_channelz": 0,
  });
  private readonly receivers = new Map<string, Receiver>();
  private boundPort = 0;

  constructor(
    private readonly identity: Identity,
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
      gone.heartbeat.stop();
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
    const receiver = new Receiver(peer, stream, this.handlers, close);
    const position = receiver.positionOf(hello);
    this.receivers.set(peer, receiver);
    receiver.write({
      case: "welcome",
      value: create(WelcomeSchema, {
        protocolVersion: protocolVersionOf(this.identity),
        softwareVersion: this.identity.softwareVersion,
        region: this.identity.region,
      }),
    });
    this.handlers.peerUp(peer, position);
    return receiver;
  }
}

/** One receiver, from its Hello on. */
class Receiver {
  readonly heartbeat: Heartbeat;
  private readonly applied = new PositionReader();
  private readonly durable = new PositionReader();
  private isFull = false;

  constructor(
    readonly peer: string,
    private readonly stream: Stream,
    private readonly handlers: ListenerHandlers,
    private readonly close: (error: LinkError) => void,
  ) {
    this.heartbeat = new Heartbeat({
      ping: (number) => this.write({ case: "ping", value: create(PingSchema, { number }) }),
      silent: () => this.end(new LinkError("LINK_SILENT", { peer, seconds: linkLimits.silenceMsMax / 1000 })),
    });
    stream.on("drain", () => {
      if (!this.isFull) return;
      this.isFull = false;
      handlers.writable(peer, true);
    });
  }

  positionOf({ ownOrigin, applied, durable, sources }: Hello | WireAcknowledgement): Position {
    return { ownOrigin, applied: this.applied.apply(applied), durable: this.durable.apply(durable), sources };
  }

  heard({ message }: FromReceiver): void {
    this.heartbeat.heard();
    switch (message.case) {
      case "ping":
        this.write({ case: "pong", value: create(PongSchema, { number: message.value.number }) });
        return;
      case "pong":
        this.heartbeat.ponged(message.value.number);
        return;
      case "acknowledgement": {
        const position = this.positionOf(message.value);
        this.handlers.acknowledged(this.peer, { ...position, rewind: rewindOf(message.value) });
        return;
      }
      case "hello":
      case undefined:
        throw new RangeError(`a message '${message.case ?? "of no known kind"}'`);
    }
  }

  send(batch: LinkBatch): void {
    let flows = true;
    for (const bytes of encodeBatch(batch)) flows = this.stream.write(bytes);
    this.noteFlow(flows);
  }

  write(message: FromSender["message"]): void {
    this.noteFlow(this.stream.write(toBinary(FromSenderSchema, create(FromSenderSchema, { message }))));
  }

  private noteFlow(flows: boolean): void {
    if (flows || this.isFull) return;
    this.isFull = true;
    this.handlers.writable(this.peer, false);
  }

  /** The same peer dialled anew: this stream is of no use any more. */
  replace(): void {
    this.end(new LinkError("LINK_CLOSED", { reason: "the receiver dialled again" }));
  }

  end(error: LinkError): void {
    this.close(error);
    refuse(this.stream, error);
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
