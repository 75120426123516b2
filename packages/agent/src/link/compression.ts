/**
 * Packing of batches: one deflate stream for each call, so that a batch is packed by what the batches before it had
 * (the same keys, the same commands), and flushed after each, so that none waits for the next.
 *
 * 1. Both ends feed the same pieces in the same order; whatever goes unpacked is seen by neither.
 * 2. What is read never grows beyond the length that is announced with it, which is bounded itself.
 * 3. zlib works on its own threads: the gateway in this process goes on meanwhile.
 */
import { constants, createDeflateRaw, createInflateRaw, type DeflateRaw, type InflateRaw } from "node:zlib";
import { linkLimits } from "./limits.js";

const OPTIONS = {
  flush: constants.Z_SYNC_FLUSH,
  finishFlush: constants.Z_SYNC_FLUSH,
  chunkSize: linkLimits.packChunkBytes,
} as const;

/** The sending side. One piece at a time. */
export class Packer {
  private readonly deflate: DeflateRaw = createDeflateRaw({ ...OPTIONS, level: linkLimits.packLevel });
  private pieces: Buffer[] = [];
  /** So many in a row did not shrink. */
  private poor = 0;
  /** So many go unpacked now. */
  private resting = 0;

  constructor() {
    this.deflate.on("data", (piece: Buffer) => this.pieces.push(piece));
    this.deflate.on("error", () => undefined); // its "close" follows
  }

  /** Whether to pack a piece of that length: not a tiny one, nor what lately did not shrink. */
  pays(length: number): boolean {
    if (length < linkLimits.packBytesMin) return false;
    if (this.resting === 0) return true;
    this.resting--;
    return false;
  }

  async pack(piece: Uint8Array): Promise<Buffer> {
    await written(this.deflate, piece);
    const packed = joined(this.pieces);
    this.pieces = [];
    this.poor = packed.length > piece.length * linkLimits.packShareMax ? this.poor + 1 : 0;
    if (this.poor >= linkLimits.packPoorMax) this.resting = linkLimits.packRests;
    return packed;
  }

  stop(): void {
    this.deflate.destroy();
  }
}

/** The receiving side. One piece at a time; rejects on what can't be, after which it is of no use. */
export class Unpacker {
  private readonly inflate: InflateRaw = createInflateRaw(OPTIONS);
  private pieces: Buffer[] = [];
  private bytes = 0;
  private lengthMax = 0;

  constructor() {
    this.inflate.on("data", (piece: Buffer) => {
      this.pieces.push(piece);
      this.bytes += piece.length;
      if (this.bytes > this.lengthMax) this.inflate.destroy(new RangeError("more than was announced is packed in it"));
    });
    this.inflate.on("error", () => undefined); // its "close" follows
  }

  async unpack(packed: Uint8Array, length: number): Promise<Buffer> {
    if (length > linkLimits.messageBytesMax) throw new RangeError(`a packed batch of ${length} bytes`);
    this.lengthMax = length;
    await written(this.inflate, packed);
    if (this.bytes !== length) throw new RangeError(`${this.bytes} bytes came of what should be ${length}`);
    const piece = joined(this.pieces);
    this.pieces = [];
    this.bytes = 0;
    return piece;
  }

  stop(): void {
    this.inflate.destroy();
  }
}

/** All that came of the piece has been handed out when this resolves. A stream that breaks tells by its end only. */
function written(stream: DeflateRaw | InflateRaw, piece: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const closed = (): void => reject(stream.errored ?? new Error("the stream was closed"));
    stream.once("close", closed);
    stream.write(piece, (error) => {
      stream.off("close", closed);
      if (error === null || error === undefined) resolve();
      else reject(error);
    });
  });
}

function joined(pieces: readonly Buffer[]): Buffer {
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
}
