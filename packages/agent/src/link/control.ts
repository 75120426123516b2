/**
 * Short questions between the agents of a deployment where one region takes the writes: one call, one answer, both JSON. The same
 * address, certificates and checks as links have: who asks must be another region of the same deployment, and be certified as it.
 */
import {
  type Client,
  Metadata,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type ServiceError,
} from "@grpc/grpc-js";
import type { sendUnaryData, ServerUnaryCall } from "@grpc/grpc-js";
import { refusalOfCertificate } from "./certified-names.js";
import { openChannel } from "./channel.js";
import { LinkError } from "./errors.js";
import { linkLimits } from "./limits.js";
import { failureOf } from "./receiver.js";
import { linkErrorOf } from "./remote-errors.js";
import { asBytes, fromBytes } from "./service.js";
import type { Identity, LinkOptions } from "./types.js";

const PATH = "/meridian.link.v1.ControlService/Ask";
/** Of the meaning of questions and answers. */
const CONTROL_VERSION = 1;

const controlService = {
  ask: {
    path: PATH,
    requestStream: false,
    responseStream: false,
    requestSerialize: asBytes,
    requestDeserialize: fromBytes,
    responseSerialize: asBytes,
    responseDeserialize: fromBytes,
  },
} as const satisfies ServiceDefinition;

interface Envelope {
  readonly version: number;
  readonly namespace: string;
  readonly from: string;
  readonly to: string;
  readonly question: unknown;
}

export type ControlHandler = (from: string, question: unknown) => Promise<unknown>;

export class ControlListener {
  private readonly server = new Server({
    "grpc.max_receive_message_length": linkLimits.messageBytesMax,
    "grpc.keepalive_time_ms": linkLimits.keepaliveMs,
    "grpc.keepalive_timeout_ms": linkLimits.keepaliveTimeoutMs,
    "grpc.enable_channelz": 0,
  });
  private boundPort = 0;

  constructor(
    private readonly identity: Identity,
    private readonly link: LinkOptions,
    private readonly handler: ControlHandler,
  ) {
    this.server.addService(controlService, {
      ask: (call: ServerUnaryCall<Uint8Array, Uint8Array>, answer: sendUnaryData<Uint8Array>) =>
        void this.answer(call, answer),
    });
  }

  get port(): number {
    return this.boundPort;
  }

  listen({ host, port }: { host: string; port: number }): Promise<void> {
    const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
    const credentials = this.link.certificates?.serverCredentials ?? ServerCredentials.createInsecure();
    return new Promise((resolve, reject) => {
      this.server.bindAsync(address, credentials, (error, bound) => {
        if (error !== null) {
          reject(new LinkError("LINK_LISTEN", { address, reason: error.message }, error));
          return;
        }
        this.boundPort = bound;
        resolve();
      });
    });
  }

  /** What is being answered still is: a session that is cut off in the middle of an answer may keep its socket open. */
  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      const force = setTimeout(() => this.server.forceShutdown(), linkLimits.stopMsMax);
      this.server.tryShutdown(() => {
        clearTimeout(force);
        resolve();
      });
    });
  }

  private async answer(
    call: ServerUnaryCall<Uint8Array, Uint8Array>,
    answer: sendUnaryData<Uint8Array>,
  ): Promise<void> {
    let peer = "a region";
    try {
      const envelope = readEnvelope(call.request);
      peer = envelope.from;
      const refusal = this.refusalOf(envelope, call);
      if (refusal !== undefined) throw refusal;
      answer(null, asBytes(Buffer.from(JSON.stringify(await this.handler(peer, envelope.question)))));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      answer(failureOf(error instanceof LinkError ? error : new LinkError("LINK_CORRUPT", { peer, reason }, error)));
    }
  }

  private refusalOf(
    { version, namespace, from, to }: Envelope,
    call: Pick<ServerUnaryCall<Uint8Array, Uint8Array>, "getAuthContext">,
  ): LinkError | undefined {
    const { identity, link } = this;
    const peer = from;
    if (version !== CONTROL_VERSION) {
      const details = { peer, theirs: version, ours: CONTROL_VERSION, software: "another version" };
      return new LinkError("LINK_VERSION", details);
    }
    if (namespace !== identity.namespace) {
      return new LinkError("LINK_NAMESPACE_DIFFERS", { peer, ours: identity.namespace, theirs: namespace });
    }
    if (!identity.regions.includes(peer) || peer === identity.region) {
      return new LinkError("LINK_UNKNOWN_REGION", { peer, regions: identity.regions.join(",") });
    }
    if (to !== identity.region) return new LinkError("LINK_WRONG_REGION", { region: identity.region, expected: to });
    if (link.certificates === undefined) return undefined;
    return refusalOfCertificate(call.getAuthContext().sslPeerCertificate, { namespace, region: peer });
  }
}

function readEnvelope(bytes: Uint8Array): Envelope {
  const value = JSON.parse(Buffer.from(bytes).toString("utf8")) as Partial<Envelope> | null;
  const { version, namespace, from, to } = value ?? {};
  const isRead =
    typeof version === "number" && typeof namespace === "string" && typeof from === "string" && typeof to === "string";
  if (!isRead) throw new RangeError("it is out of form");
  return { version, namespace, from, to, question: value?.question };
}

/** To one other region: the connection is kept, and made anew after a failure, to the next of its agents. */
export class ControlLine {
  private client: Client | undefined;
  private turn = 0;
  private refusal: LinkError | undefined;

  constructor(
    private readonly peer: string,
    private readonly addresses: readonly string[],
    private readonly identity: Identity,
    private readonly link: LinkOptions,
  ) {}

  /** Rejects with a LinkError where the peer is not reached in time, or refuses. */
  async ask(question: unknown, timeoutMs: number): Promise<unknown> {
    const { peer, identity } = this;
    const { namespace, region: from } = identity;
    const envelope: Envelope = { version: CONTROL_VERSION, namespace, from, to: peer, question };
    const address = this.addresses[this.turn % this.addresses.length] ?? "";
    const client = (this.client ??= this.open(address));
    try {
      const bytes = await new Promise<Uint8Array>((resolve, reject) => {
        const request = Buffer.from(JSON.stringify(envelope));
        const deadline = Date.now() + timeoutMs;
        client.makeUnaryRequest(PATH, asBytes, fromBytes, request, new Metadata(), { deadline }, (error, reply) => {
          if (error !== null || reply === undefined) reject(error ?? new RangeError("nothing came"));
          else resolve(reply);
        });
      });
      return JSON.parse(Buffer.from(bytes).toString("utf8"));
    } catch (error) {
      if (this.client === client) this.close();
      this.turn++;
      if (!(error instanceof Error && "metadata" in error)) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new LinkError("LINK_CORRUPT", { peer, reason }, error);
      }
      const isTls = this.link.certificates !== undefined;
      throw linkErrorOf(error as ServiceError, { peer, address, refusal: this.refusal, isTls });
    }
  }

  close(): void {
    this.client?.close();
    this.client = undefined;
  }

  private open(address: string): Client {
    const { peer, identity, link } = this;
    this.refusal = undefined;
    const onRefusal = (error: LinkError): void => void (this.refusal = error);
    return openChannel({ peer, address, identity, link, windowBytes: linkLimits.messageBytesMax, onRefusal });
  }
}
