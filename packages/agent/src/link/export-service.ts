/**
 * The exporter's end: answers the calls of importers with what the layer above gives away, text after text.
 *
 * 1. Who asks is checked as a receiver is: version, namespace, regions, certificate.
 * 2. The next text is asked for when the one before has left: one text is held here.
 * 3. It uses what batches leave of the peer's line (line-rest.ts), and what all exports together may.
 */
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { deflateRaw } from "node:zlib";
import type { ServerWritableStream } from "@grpc/grpc-js";
import { create, toBinary } from "@bufbuild/protobuf";
import { ExportPartSchema, type ExportPart } from "./gen/meridian/link/v1/link_pb.js";
import { linkLimits } from "./limits.js";
import { PositionWriter } from "./positions.js";
import type { ExportedText } from "./types.js";

const deflate = promisify<Uint8Array, { level: number }, Buffer>(deflateRaw);

export type ExportStream = ServerWritableStream<Uint8Array, Uint8Array>;

/** A limit: of a line, or of all exports. */
export interface Throttle {
  readonly messageBytes: number;
  waitMs(nowMs: number): number;
  spend(bytes: number): void;
}

export interface ExportSending {
  readonly stream: ExportStream;
  readonly texts: AsyncIterable<ExportedText>;
  readonly isPacked: boolean;
  /** All of them are to let a message through. */
  readonly throttles: readonly Throttle[];
  readonly signal: AbortSignal;
}

/** Until all texts have left, or at the signal. Rejects with what `texts` rejects with. */
export async function sendTexts({ stream, texts, isPacked, throttles, signal }: ExportSending): Promise<void> {
  for await (const { text, nextBucket, vector } of texts) {
    const packs = isPacked && text.length >= linkLimits.packBytesMin;
    const whole = packs ? await deflate(text, { level: linkLimits.packLevel }) : text;
    const partBytes = Math.min(...throttles.map(({ messageBytes }) => messageBytes));
    for (let at = 0; at < whole.length; at += partBytes) {
      const part = create(ExportPartSchema, { data: whole.subarray(at, at + partBytes) });
      if (at + partBytes >= whole.length) {
        part.last = true;
        part.nextBucket = nextBucket;
        part.vector = new PositionWriter().changes(vector);
        part.unpackedLength = packs ? text.length : 0;
      }
      await sendPart(stream, part, throttles, signal);
      if (signal.aborted) return;
    }
  }
}

async function sendPart(
  stream: ExportStream,
  part: ExportPart,
  throttles: readonly Throttle[],
  signal: AbortSignal,
): Promise<void> {
  const waitMs = (): number => Math.max(...throttles.map((throttle) => throttle.waitMs(performance.now())));
  for (let ms = waitMs(); ms > 0 && !signal.aborted; ms = waitMs()) await delay(Math.ceil(ms));
  if (signal.aborted) return;
  const bytes = toBinary(ExportPartSchema, part);
  for (const throttle of throttles) throttle.spend(bytes.length);
  if (stream.write(bytes)) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      stream.off("drain", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    stream.once("drain", done);
    signal.addEventListener("abort", done, { once: true });
  });
}
