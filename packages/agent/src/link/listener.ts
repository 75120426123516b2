/**
 * The sending end: listens, answers the Hello of each receiver, sends it batches and hears its acknowledgements.
 *
 * Why the receiver dials and not the sender: the bulk flows towards the client of the call, and only a client can
 * widen HTTP/2's receive window in grpc-js (`grpc-node.flow_control_window`; its server stays at 64 KB). And the Hello
 * then says where the receiver stands, one round trip sooner.
 *
 * 1. One stream a peer: a newer one ends the older. Where partitions are slots the agents of a peer have one each, and who is
 *    served which of them is for the layer above to say.
 * 2. What can't be read ends the stream before anything of it is used.
 * 3. While nobody is served, an agent that stands by, receivers are sent on to the other agents of the region.
 */
import { Server, ServerCredentials, type sendUnaryData, type ServerUnaryCall } from "@grpc/grpc-js";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { SLOTS } from "@meridian/core";
import type { ClockSkew } from "./clock-skew.js";
import { refusalOfCertificate } from "./certified-names.js";
import { LinkError } from "./errors.js";
import { sendTexts, type ExportStream } from "./export-service.js";
import {
  Compression,
  ExportRequestSchema,
  FromReceiverSchema,
  type FromReceiver,
  type Hello,
  MembersReplySchema,
  MembersRequestSchema,
  WelcomeSchema,
} from "./gen/meridian/link/v1/link_pb.js";
import type { GroupSet } from "./groups.js";
import { groupsOf, hasSlots, protocolVersionOf, refusalOfCaller, refusalOfHello } from "./handshake.js";
import { linkLimits } from "./limits.js";
import { LineRest } from "./line-rest.js";
import { failureOf, Receiver, refuse, type Line, type ServedStream } from "./receiver.js";
import { linkService } from "./service.js";
import { TokenBucket } from "./token-bucket.js";
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

type MembersCall = ServerUnaryCall<Uint8Array, Uint8Array>;
type MembersAnswer = sendUnaryData<Uint8Array>;

/** What a peer knows of the members is taken up, and what is known here answered: by an agent that stands by, too. */
export type MembersHandler = (peer: string, text: Uint8Array) => Promise<Uint8Array>;

/** A `stream` has a name: that of the peer, but where partitions are slots one of its own. */
export interface ListenerHandlers {
  /** False: receivers are asked to come again. */
  isReady(): boolean;
  /** The groups that this agent holds. */
  held?(): GroupSet;
  /** `agent`: which one of the peer; "": it does not say. */
  peerUp(stream: string, position: Position, from: { readonly peer: string; readonly agent: string }): void;
  peerDown(stream: string, error: LinkError): void;
  acknowledged(stream: string, acknowledgement: Acknowledgement): void;
  /** It takes the groups from here from now on; a digest of each of their partitions' vectors. */
  digests?(stream: string, groups: GroupSet, digests: Uint32Array): void;
  /** It does not take them from here any more. */
  left?(stream: string, groups: GroupSet): void;
  /** Whether more can be sent to it now, or is only going to lie in memory. */
  writable(stream: string, on: boolean): void;
  /** What is given away of this region's state; throws, or rejects, with a LinkError where it can't. */
  exported(peer: string, wish: ExportWish, signal: AbortSignal): AsyncIterable<ExportedText>;
  /** A receiver was refused, or sent what can't be read. */
  refused(peer: string, error: LinkError): void;
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
  private readonly exporting = new Set<AbortController>();
  private readonly exportBucket = new TokenBucket();
  private boundPort = 0;
  private streams = 0;
  private handlers: ListenerHandlers | undefined;

  constructor(
    private readonly identity: Identity,
    private readonly link: LinkOptions,
    private readonly members?: MembersHandler,
  ) {
    this.server.addService(linkService, {
      replicate: (stream: ServedStream) => this.serve(stream),
      export: (stream: ExportStream) => void this.export(stream),
      members: (call: MembersCall, answer: MembersAnswer) => void this.answerMembers(call, answer),
    });
  }

  /** The port, when 0 was asked for. */
  get port(): number {
    return this.boundPort;
  }

  listen(address: { host: string; port: number }): Promise<void> {
    const host = address.host.includes(":") ? `[${address.host}]` : address.host;
    const text = `${host}:${address.port}`;
    const credentials = this.link.certificates?.serverCredentials ?? ServerCredentials.createInsecure();
    return new Promise((resolve, reject) => {
      this.server.bindAsync(text, credentials, (error, port) => {
        if (error !== null) {
          reject(new LinkError("LINK_LISTEN", { address: text, reason: error.message }, error));
          return;
        }
        this.boundPort = port;
        resolve();
      });
    });
  }

  /** From now on. */
  serveFor(handlers: ListenerHandlers): void {
    this.handlers = handlers;
  }

  /** Nobody any more; who is served is told why. */
  standBy(reason: string): void {
    for (const exporting of this.exporting) exporting.abort();
    for (const receiver of this.receivers.values()) receiver.end(new LinkError("LINK_CLOSED", { reason }));
    this.handlers = undefined;
  }

  send(stream: string, batch: LinkBatch): void {
    this.receivers.get(stream)?.send(batch);
  }

  /** Its next batch won't come by a log. */
  tell(stream: string, gap: LinkGap): void {
    this.receivers.get(stream)?.tell(gap);
  }

  /** There may be something for it in these partitions: where does it stand there? */
  offer(stream: string, partitions: readonly number[]): void {
    this.receivers.get(stream)?.offer(partitions);
  }

  /** All receivers hear which groups this agent holds from now on. */
  tellHeld(groups: GroupSet): void {
    for (const receiver of this.receivers.values()) receiver.held(groups);
  }

  /** Another stream has these groups now. */
  dropGroups(stream: string, groups: GroupSet): void {
    this.receivers.get(stream)?.dropped(groups);
  }

  /** The longest, of its streams. */
  roundTripMsOf(peer: string): number | null {
    const all = this.receiversOf(peer).map(({ heartbeat }) => heartbeat.roundTripMs);
    return all.reduce((longest, one) => (longest === null || (one ?? 0) > longest ? one : longest), null);
  }

  /** The most exact one, of its streams. */
  clockSkewOf(peer: string): ClockSkew | null {
    const all = this.receiversOf(peer).map(({ heartbeat }) => heartbeat.clockSkew);
    return all.reduce(
      (best, one) => (best === null || (one !== null && one.errorMs < best.errorMs) ? one : best),
      null,
    );
  }

  trafficOf(peer: string): LinkTraffic {
    return this.lineOf(peer).traffic;
  }

  /** What batches to the peer may use, in bytes a second; undefined: no limit. At once, for the stream that is open too. */
  limit(peer: string, bytesPerSecond: number | undefined): void {
    this.lineOf(peer).bucket.limit(bytesPerSecond, performance.now());
    for (const receiver of this.receiversOf(peer)) receiver.relimited();
  }

  limitOf(peer: string): number | undefined {
    return this.lineOf(peer).bucket.bytesPerSecond;
  }

  /** What all exports together may use, in bytes a second; undefined: only the limits of their lines. */
  limitExports(bytesPerSecond: number | undefined): void {
    this.exportBucket.limit(bytesPerSecond, performance.now());
  }

  /** Whoever is no member any more. */
  drop(peer: string): void {
    const error = new LinkError("LINK_CLOSED", { reason: "it is no region any more" });
    for (const receiver of this.receiversOf(peer)) receiver.end(error);
  }

  private receiversOf(peer: string): Receiver[] {
    return [...this.receivers.values()].filter((receiver) => receiver.peer === peer);
  }

  async stop(): Promise<void> {
    this.standBy("it stops");
    await new Promise<void>((resolve) => {
      const force = setTimeout(() => this.server.forceShutdown(), linkLimits.stopMsMax);
      this.server.tryShutdown(() => {
        clearTimeout(force);
        resolve();
      });
    });
  }

  private serve(stream: ServedStream): void {
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
      if (this.receivers.get(gone.name) !== gone) return;
      this.receivers.delete(gone.name);
      this.handlers?.peerDown(gone.name, error);
    };
    const fail = (error: LinkError): void => {
      const peer = receiver?.peer ?? "";
      over = true;
      refuse(stream, error);
      this.handlers?.refused(peer, error);
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

  private welcome(stream: ServedStream, first: FromReceiver, close: (error: LinkError) => void): Receiver {
    if (first.message.case !== "hello") throw new RangeError("the first message is no Hello");
    const hello = first.message.value;
    const refusal = refusalOfHello(hello, this.identity) ?? this.refusalOfCertificate(stream, hello);
    if (refusal !== undefined) throw refusal;
    const handlers = this.ready();
    const peer = hello.region;
    const name = hasSlots(this.identity) ? `${peer} ${++this.streams}` : peer;
    this.receivers.get(name)?.replace();
    const isPacked = this.link.compression && hello.compressions.includes(Compression.DEFLATE);
    const line = this.lineOf(peer);
    const receiver = new Receiver({
      peer,
      name,
      stream,
      isPacked,
      hasSlots: hasSlots(this.identity),
      line,
      link: this.link,
      handlers,
      close,
    });
    const position = receiver.positionOf(hello);
    this.receivers.set(name, receiver);
    receiver.write({
      case: "welcome",
      value: create(WelcomeSchema, {
        protocolVersion: protocolVersionOf(this.identity),
        softwareVersion: this.identity.softwareVersion,
        region: this.identity.region,
        namespace: this.identity.namespace,
        compression: isPacked ? Compression.DEFLATE : Compression.UNSPECIFIED,
        agent: this.identity.agent ?? "",
        groups: groupsOf(this.identity),
        held: handlers.held?.() ?? 0,
      }),
    });
    handlers.peerUp(name, position, { peer, agent: hello.agent });
    return receiver;
  }

  /** Throws where nobody can be served now. */
  private ready(): ListenerHandlers {
    const { region } = this.identity;
    if (this.handlers === undefined) throw new LinkError("LINK_STANDBY", { region });
    if (!this.handlers.isReady()) throw new LinkError("LINK_NOT_READY", { region });
    return this.handlers;
  }

  private async export(stream: ExportStream): Promise<void> {
    const ending = new AbortController();
    this.exporting.add(ending);
    stream.on("cancelled", () => ending.abort());
    stream.on("error", () => ending.abort());
    let peer = "a receiver";
    try {
      const { hello, head, bucket, partition } = fromBinary(ExportRequestSchema, stream.request);
      if (hello === undefined) throw new RangeError("no Hello came");
      peer = hello.region;
      const refusal = refusalOfHello(hello, this.identity) ?? this.refusalOfCertificate(stream, hello);
      if (refusal !== undefined) throw refusal;
      const handlers = this.ready();
      if (partition >= SLOTS) throw new RangeError(`an export of partition ${partition}`);
      const of = hasSlots(this.identity) ? { partition } : {};
      await sendTexts({
        stream,
        texts: handlers.exported(peer, { ...(head ? { head } : { bucket }), ...of }, ending.signal),
        isPacked: this.link.compression && hello.compressions.includes(Compression.DEFLATE),
        throttles: [this.lineOf(peer).rest, this.exportBucket],
        signal: ending.signal,
      });
      stream.end();
    } catch (error) {
      if (!ending.signal.aborted) refuse(stream, error instanceof LinkError ? error : corrupt(peer, error));
    } finally {
      this.exporting.delete(ending);
    }
  }

  private async answerMembers(call: MembersCall, answer: MembersAnswer): Promise<void> {
    let peer = "a region";
    try {
      const { hello, text } = fromBinary(MembersRequestSchema, call.request);
      if (hello === undefined) throw new RangeError("no Hello came");
      peer = hello.region;
      const refusal = refusalOfCaller(hello, this.identity) ?? this.refusalOfCertificate(call, hello);
      if (refusal !== undefined) throw refusal;
      if (this.members === undefined) throw noMembers(this.identity.region, "its list never changes");
      const known = await this.members(peer, text).catch((error: unknown) => {
        throw noMembers(this.identity.region, error instanceof Error ? error.message : String(error));
      });
      const reply = create(MembersReplySchema, { text: known });
      answer(null, toBinary(MembersReplySchema, reply));
    } catch (error) {
      answer(failureOf(error instanceof LinkError ? error : corrupt(peer, error)));
    }
  }

  /** Who is certified as one region may not speak for another. */
  private refusalOfCertificate(stream: Pick<ServedStream, "getAuthContext">, { region }: Hello): LinkError | undefined {
    if (this.link.certificates === undefined) return undefined;
    const { namespace } = this.identity;
    return refusalOfCertificate(stream.getAuthContext().sslPeerCertificate, { namespace, region });
  }

  private lineOf(peer: string): Line {
    let line = this.lines.get(peer);
    if (line === undefined) {
      const bucket = new TokenBucket();
      line = { bucket, rest: new LineRest(bucket), traffic: { wireBytes: 0 } };
      this.lines.set(peer, line);
    }
    return line;
  }
}

function noMembers(region: string, reason: string): LinkError {
  return new LinkError("LINK_NO_MEMBERS", { region, reason });
}

function corrupt(peer: string, error: unknown): LinkError {
  return new LinkError("LINK_CORRUPT", { peer, reason: error instanceof Error ? error.message : String(error) }, error);
}
