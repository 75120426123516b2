/** One receiver as the sending end sees it, from its Hello on: batches to it, its acknowledgements, life signs. */
import { create, toBinary } from "@bufbuild/protobuf";
import { SLOTS } from "@meridian/core";
import { Metadata, type ServerDuplexStream, type ServiceError, status as grpcStatus } from "@grpc/grpc-js";
import { Packer } from "./compression.js";
import { CODE_TRAILER, LinkError, linkErrors } from "./errors.js";
import {
  type Acknowledgement as WireAcknowledgement,
  FromSenderSchema,
  GapSchema,
  GroupsSchema,
  OfferSchema,
  type FromReceiver,
  type FromSender,
  type Hello,
  PingSchema,
  PongSchema,
  Rewind_Reason,
} from "./gen/meridian/link/v1/link_pb.js";
import { checkedSet, groupsIn, type GroupSet, SLOTS_PER_GROUP } from "./groups.js";
import { Heartbeat } from "./heartbeat.js";
import { linkLimits } from "./limits.js";
import type { LineRest } from "./line-rest.js";
import type { ListenerHandlers } from "./listener.js";
import { Outbox } from "./outbox.js";
import { ByPartition, isStamp, PositionReader } from "./positions.js";
import type { TokenBucket } from "./token-bucket.js";
import type { LinkBatch, LinkGap, LinkOptions, LinkRewind, LinkTraffic, Position } from "./types.js";

export type ServedStream = ServerDuplexStream<Uint8Array, Uint8Array>;

/** To one peer, over all of its streams. */
export interface Line {
  readonly bucket: TokenBucket;
  /** What states may use of it. */
  readonly rest: LineRest;
  readonly traffic: LinkTraffic;
}

export interface ReceiverOptions {
  readonly peer: string;
  /** Of the stream: that of the peer, where a peer has one. */
  readonly name: string;
  readonly stream: ServedStream;
  readonly isPacked: boolean;
  readonly hasSlots: boolean;
  readonly line: Line;
  readonly link: LinkOptions;
  readonly handlers: ListenerHandlers;
  readonly close: (error: LinkError) => void;
}

export class Receiver {
  readonly heartbeat: Heartbeat;
  private readonly applied = new ByPartition(() => new PositionReader());
  private readonly durable = new ByPartition(() => new PositionReader());
  private readonly outbox: Outbox;

  constructor(private readonly options: ReceiverOptions) {
    const { peer, name, stream, isPacked, line, link, handlers } = options;
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
      onFlow: (flows) => handlers.writable(name, flows),
      onFault: (error) => this.end(new LinkError("LINK_CLOSED", { reason: `packing failed: ${String(error)}` }, error)),
    });
    stream.on("drain", () => this.outbox.drained());
  }

  get peer(): string {
    return this.options.peer;
  }

  get name(): string {
    return this.options.name;
  }

  /** `partition`: 0 where all is one. */
  positionOf({ ownOrigin, applied, durable, sources }: Hello | WireAcknowledgement, partition = 0): Position {
    return {
      ownOrigin,
      applied: this.applied.of(partition).apply(applied),
      durable: this.durable.of(partition).apply(durable),
      sources,
    };
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
      case "acknowledgement":
        this.acknowledged(message.value);
        return;
      case "acknowledgements":
        for (const one of message.value.acknowledgements) this.acknowledged(one);
        return;
      case "digests":
        this.took(message.value.groups, message.value.digests);
        return;
      case "left":
        this.options.handlers.left?.(this.options.name, checkedSet(message.value.groups));
        return;
      case "hello":
      case undefined:
        throw new RangeError(`a message '${message.case ?? "of no known kind"}'`);
    }
  }

  private took(set: number, bytes: Uint8Array): void {
    const { handlers, name, hasSlots } = this.options;
    const groups = checkedSet(set);
    if (!hasSlots) throw new RangeError("digests of one partition");
    handlers.digests?.(name, groups, digestsIn(groups, bytes));
  }

  private acknowledged(one: WireAcknowledgement): void {
    const { handlers, hasSlots } = this.options;
    const { partition } = one;
    if (partition >= (hasSlots ? SLOTS : 1)) throw new RangeError(`an acknowledgement of partition ${partition}`);
    const acknowledgement = { ...this.positionOf(one, partition), rewind: rewindOf(one) };
    handlers.acknowledged(this.options.name, hasSlots ? { ...acknowledgement, partition } : acknowledgement);
  }

  send(batch: LinkBatch): void {
    this.outbox.push(batch);
  }

  tell({ origin, after, partition = 0 }: LinkGap): void {
    this.write({ case: "gap", value: create(GapSchema, { origin, after, partition }) });
  }

  offer(partitions: readonly number[]): void {
    this.write({ case: "offer", value: create(OfferSchema, { partitions: [...partitions] }) });
  }

  /** Those that this end holds from now on. */
  held(groups: GroupSet): void {
    this.write({ case: "held", value: create(GroupsSchema, { groups }) });
  }

  /** Another agent of the peer takes these. */
  dropped(groups: GroupSet): void {
    this.write({ case: "dropped", value: create(GroupsSchema, { groups }) });
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

function digestsIn(groups: GroupSet, bytes: Uint8Array): Uint32Array {
  const length = groupsIn(groups).length * SLOTS_PER_GROUP;
  if (bytes.length !== length * 4) throw new RangeError(`digests of ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return Uint32Array.from({ length }, (_, at) => view.getUint32(at * 4, true));
}

function rewindOf({ rewind }: WireAcknowledgement): LinkRewind | undefined {
  if (rewind === undefined) return undefined;
  if (!isStamp(rewind.after) || rewind.reason === Rewind_Reason.UNSPECIFIED) throw new RangeError("no rewind");
  const reason = rewind.reason === Rewind_Reason.REFUSED ? "refused" : "missing";
  return { origin: rewind.origin, after: rewind.after, reason };
}

/** Ends the call with the error's status and code. */
export function refuse(stream: Pick<ServedStream, "emit">, error: LinkError): void {
  stream.emit("error", failureOf(error));
}

/** As gRPC carries it. */
export function failureOf(error: LinkError): Partial<ServiceError> {
  const metadata = new Metadata();
  metadata.set(CODE_TRAILER, error.code);
  return {
    code: linkErrors[error.code].status ?? grpcStatus.INTERNAL,
    details: error.message,
    metadata,
  };
}
