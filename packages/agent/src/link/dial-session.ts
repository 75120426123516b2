/**
 * One dial of a sender and the stream that comes of it: Hello and Welcome, what comes, acknowledgements, life signs. It ends
 * once, with the reason.
 */
import type { Client, ClientDuplexStream, ServiceError } from "@grpc/grpc-js";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { SLOTS } from "@meridian/core";
import { openChannel } from "./channel.js";
import { LinkError } from "./errors.js";
import {
  AcknowledgementSchema,
  AcknowledgementsSchema,
  type Acknowledgement as WireAcknowledgement,
  Compression,
  DigestsSchema,
  FromReceiverSchema,
  FromSenderSchema,
  type FromReceiver,
  GroupsSchema,
  PingSchema,
  PongSchema,
  Rewind_Reason,
  RewindSchema,
} from "./gen/meridian/link/v1/link_pb.js";
import { checkedSet, type GroupSet } from "./groups.js";
import { hasSlots, helloOf, refusalOfWelcome } from "./handshake.js";
import { Heartbeat } from "./heartbeat.js";
import { Intake } from "./intake.js";
import { linkLimits } from "./limits.js";
import { ByPartition, isStamp, PositionWriter } from "./positions.js";
import { linkErrorOf } from "./remote-errors.js";
import { asBytes, fromBytes, REPLICATE_PATH } from "./service.js";
import type { Acknowledgement, LinkTraffic, Position } from "./types.js";
import type { DialerOptions } from "./dialer.js";

type Stream = ClientDuplexStream<Uint8Array, Uint8Array>;

type DialSessionOptions = DialerOptions & { readonly address: string };

export class DialSession {
  /** Which of the peer's agents answered; undefined until one did. */
  agent: string | undefined;
  heartbeat: Heartbeat | undefined;
  private readonly client: Client;
  private readonly stream: Stream;
  private intake: Intake | undefined;
  private readonly applied = new ByPartition(() => new PositionWriter());
  private readonly durable = new ByPartition(() => new PositionWriter());
  /** Of partitions: they leave together. */
  private waiting: WireAcknowledgement[] = [];
  private readonly handshakeTimer: NodeJS.Timeout;
  private openedAtMs: number | undefined;
  private ended = false;
  /** Who answered is certified, but as somebody else. */
  private refusal: LinkError | undefined;

  constructor(
    private readonly options: DialSessionOptions,
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

  acknowledge({ ownOrigin, applied, durable, sources, rewind, partition }: Acknowledgement): void {
    if (this.openedAtMs === undefined || this.ended) return;
    const value = create(AcknowledgementSchema, {
      ownOrigin,
      applied: this.applied.of(partition).changes(applied),
      durable: this.durable.of(partition).changes(durable),
      sources: [...sources],
      partition: partition ?? 0,
    });
    if (rewind !== undefined) {
      const reason = rewind.reason === "refused" ? Rewind_Reason.REFUSED : Rewind_Reason.MISSING;
      value.rewind = create(RewindSchema, { origin: rewind.origin, after: rewind.after, reason });
    }
    if (partition === undefined) {
      this.write({ case: "acknowledgement", value });
      return;
    }
    if (this.waiting.push(value) === 1) setImmediate(() => this.acknowledgeAll());
  }

  /** `digests`: of the partitions of these groups, in their order. */
  take(groups: GroupSet, digests: Uint32Array): void {
    if (this.ended) return;
    const view = new DataView(new ArrayBuffer(digests.length * 4));
    for (const [at, digest] of digests.entries()) view.setUint32(at * 4, digest, true);
    this.write({ case: "digests", value: create(DigestsSchema, { groups, digests: new Uint8Array(view.buffer) }) });
  }

  leave(groups: GroupSet): void {
    if (!this.ended) this.write({ case: "left", value: create(GroupsSchema, { groups }) });
  }

  private acknowledgeAll(): void {
    const acknowledgements = this.waiting;
    this.waiting = [];
    if (this.ended) return;
    for (let from = 0; from < acknowledgements.length; from += linkLimits.bundleBatchesMax) {
      const part = acknowledgements.slice(from, from + linkLimits.bundleBatchesMax);
      this.write({
        case: "acknowledgements",
        value: create(AcknowledgementsSchema, { acknowledgements: part }),
      });
    }
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
    if (!hasSlots(identity)) {
      value.applied = this.applied.of().changes(applied);
      value.durable = this.durable.of().changes(durable);
    }
    value.sources = [...sources];
    this.write({ case: "hello", value });
  }

  private get hasSlots(): boolean {
    return hasSlots(this.options.identity);
  }

  private write(message: FromReceiver["message"]): void {
    this.stream.write(toBinary(FromReceiverSchema, create(FromReceiverSchema, { message })));
  }

  private heard(bytes: Uint8Array): void {
    if (this.ended) return;
    this.heartbeat?.heard();
    try {
      this.understand(bytes);
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

  private understand(bytes: Uint8Array): void {
    const { message } = fromBinary(FromSenderSchema, bytes);
    if (this.openedAtMs === undefined) {
      if (message.case !== "welcome") throw new RangeError("the first message is no Welcome");
      const refusal = refusalOfWelcome(message.value, this.options.peer, this.options.identity);
      if (refusal !== undefined) throw refusal;
      this.agent = message.value.agent;
      this.open(message.value.compression === Compression.DEFLATE, checkedSet(message.value.held));
      return;
    }
    switch (message.case) {
      case "batch":
        this.traffic.wireBytes += bytes.length;
        this.intake?.take({ batch: message.value });
        return;
      case "bundle":
        this.traffic.wireBytes += bytes.length;
        this.intake?.take({ bundle: message.value });
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
        const { origin, after, partition } = message.value;
        if (origin === "" || !isStamp(after) || partition >= SLOTS) throw new RangeError("no gap");
        const gap = { origin, after };
        this.options.handlers.gap(this.hasSlots ? { ...gap, partition } : gap);
        return;
      }
      case "offer": {
        const { partitions } = message.value;
        if (!this.hasSlots || partitions.some((partition) => partition >= SLOTS)) throw new RangeError("no offer");
        this.options.handlers.offered?.(partitions);
        return;
      }
      case "held":
        this.options.handlers.held?.(checkedSet(message.value.groups));
        return;
      case "dropped":
        this.options.handlers.dropped?.(checkedSet(message.value.groups));
        return;
      case "welcome":
      case undefined:
        throw new RangeError(`a message '${message.case ?? "of no known kind"}'`);
    }
  }

  private open(isPacked: boolean, held: GroupSet): void {
    clearTimeout(this.handshakeTimer);
    this.openedAtMs = performance.now();
    const { peer, handlers, link } = this.options;
    this.intake = new Intake({
      isPacked,
      hasSlots: this.hasSlots,
      received: (batch) => handlers.received(batch),
      failed: (error) => this.fail(error),
      onFlow: (flows) => (flows ? this.stream.resume() : this.stream.pause()),
    });
    this.heartbeat = new Heartbeat({
      ping: (number) => this.write({ case: "ping", value: create(PingSchema, { number }) }),
      silent: () => this.end(new LinkError("LINK_SILENT", { peer, seconds: linkLimits.silenceMsMax / 1000 })),
      serverNowMs: link.serverNowMs,
    });
    handlers.up(held);
  }

  private translate(error: ServiceError): LinkError {
    const { peer, address, link } = this.options;
    const isTls = link.certificates !== undefined && this.openedAtMs === undefined;
    return linkErrorOf(error, { peer, address, refusal: this.refusal, isTls });
  }
}
