/**
 * The importer's end of an export: asks a region for the head or for pieces, and hands over one text after the other.
 *
 * 1. What nobody takes is not read: one text, and the window of the call, are all that lies here.
 * 2. It ends by itself where nothing comes for a while, and when whoever iterates leaves.
 */
import { promisify } from "node:util";
import { inflateRaw } from "node:zlib";
import type { ServiceError } from "@grpc/grpc-js";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { openChannel } from "./channel.js";
import { LinkError } from "./errors.js";
import { ExportPartSchema, ExportRequestSchema, type ExportPart } from "./gen/meridian/link/v1/link_pb.js";
import { helloOf } from "./handshake.js";
import { linkLimits } from "./limits.js";
import { PositionReader } from "./positions.js";
import { linkErrorOf } from "./remote-errors.js";
import { asBytes, EXPORT_PATH, fromBytes } from "./service.js";
import type { ExportedText, ExportWish, Identity, LinkOptions } from "./types.js";

const inflate = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(inflateRaw);

export interface ExportCallOptions {
  readonly peer: string;
  /** host:port */
  readonly address: string;
  readonly identity: Identity;
  readonly link: LinkOptions;
  readonly ownOrigin: string;
}

/** Throws a LinkError where the peer can't, is not reached, or says what can't be read. */
export async function* callExport(
  options: ExportCallOptions,
  wish: ExportWish,
  signal: AbortSignal,
): AsyncGenerator<ExportedText, void> {
  const { peer, address, identity, link, ownOrigin } = options;
  let refusal: LinkError | undefined;
  const onRefusal = (error: LinkError): void => void (refusal = error);
  const client = openChannel({ peer, address, identity, link, windowBytes: linkLimits.exportWindowBytes, onRefusal });
  const request = create(ExportRequestSchema, {
    hello: helloOf({ identity, peer, link, ownOrigin }),
    head: wish.head === true,
    bucket: wish.bucket ?? 0,
    partition: wish.partition ?? 0,
  });
  const bytes = toBinary(ExportRequestSchema, request);
  const stream = client.makeServerStreamRequest(EXPORT_PATH, asBytes, fromBytes, bytes);
  let isSilent = false;
  let silence: NodeJS.Timeout | undefined;
  const listen = (): void => {
    clearTimeout(silence);
    silence = setTimeout(() => {
      isSilent = true;
      stream.cancel();
    }, linkLimits.exportSilenceMsMax);
  };
  const leave = (): void => stream.cancel();
  signal.addEventListener("abort", leave, { once: true });
  try {
    listen();
    const parts = new TextParts();
    for await (const message of stream) {
      listen();
      const text = await parts.add(fromBinary(ExportPartSchema, message as Uint8Array));
      if (text === undefined) continue;
      clearTimeout(silence); // whoever takes it may need long
      yield text;
      listen();
    }
  } catch (error) {
    if (isSilent) throw new LinkError("LINK_SILENT", { peer, seconds: linkLimits.exportSilenceMsMax / 1000 });
    if (error instanceof RangeError) throw new LinkError("LINK_CORRUPT", { peer, reason: error.message }, error);
    throw linkErrorOf(error as ServiceError, { peer, address, refusal, isTls: link.certificates !== undefined });
  } finally {
    clearTimeout(silence);
    signal.removeEventListener("abort", leave);
    stream.on("error", () => undefined); // its own cancellation
    stream.cancel();
    client.close();
  }
}

/** Puts texts together. Throws a RangeError on what can't be. */
class TextParts {
  private parts: Uint8Array[] = [];
  private length = 0;

  /** The text that is complete with the part. */
  async add({ data, last, nextBucket, vector, unpackedLength }: ExportPart): Promise<ExportedText | undefined> {
    this.length += data.length;
    if (this.length > linkLimits.payloadBytesMax) throw new RangeError("a text that is too long");
    this.parts.push(data);
    if (!last) return undefined;
    const whole = Buffer.concat(this.parts);
    this.parts = [];
    this.length = 0;
    return {
      text: unpackedLength === 0 ? whole : await unpacked(whole, unpackedLength),
      nextBucket,
      vector: new PositionReader().apply(vector),
    };
  }
}

async function unpacked(whole: Buffer, length: number): Promise<Buffer> {
  if (length > linkLimits.payloadBytesMax) throw new RangeError("a text that is too long");
  const text = await inflate(whole, { maxOutputLength: length });
  if (text.length !== length) throw new RangeError(`${text.length} bytes came of what should be ${length}`);
  return text;
}
