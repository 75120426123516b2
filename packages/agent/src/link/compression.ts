/**
 * Packing of batches: each is deflated with the end of those before it as its dictionary, so that it is packed by what
 * they had (the same keys, the same commands), and stands by itself: none waits for the next.
 *
 * 1. Both ends feed the same pieces in the same order; whatever goes unpacked is seen by neither.
 * 2. What is read never grows beyond the length that is announced with it, which is bounded itself.
 * 3. Small pieces are packed at once; large ones by zlib's threads, so that the gateway in this process goes on.
 */
import { promisify } from "node:util";
import { constants, deflateRaw, deflateRawSync, inflateRaw, inflateRawSync, type ZlibOptions } from "node:zlib";
import { linkLimits } from "./limits.js";

const deflateLater = promisify<Uint8Array, ZlibOptions, Buffer>(deflateRaw);
const inflateLater = promisify<Uint8Array, ZlibOptions, Buffer>(inflateRaw);

/** The sending side. One piece at a time. */
export class Packer {
  private readonly window = new Window();
  /** So many in a row did not shrink. */
  private poor = 0;
  /** So many go unpacked now. */
  private resting = 0;

  /** Whether to pack a piece of that length: not a tiny one, nor what lately did not shrink. */
  pays(length: number): boolean {
    if (length < linkLimits.packBytesMin) return false;
    if (this.resting === 0) return true;
    this.resting--;
    return false;
  }

  pack(piece: Uint8Array): Buffer | Promise<Buffer> {
    const options = { ...this.window.options, level: linkLimits.packLevel };
    this.window.add(piece);
    if (piece.length <= linkLimits.packAtOnceBytes) return this.judged(piece, deflateRawSync(piece, options));
    return deflateLater(piece, options).then((packed) => this.judged(piece, packed));
  }

  private judged(piece: Uint8Array, packed: Buffer): Buffer {
    this.poor = packed.length > piece.length * linkLimits.packShareMax ? this.poor + 1 : 0;
    if (this.poor >= linkLimits.packPoorMax) this.resting = linkLimits.packRests;
    return packed;
  }
}

/** The receiving side. One piece at a time; throws or rejects on what can't be, after which it is of no use. */
export class Unpacker {
  private readonly window = new Window();

  unpack(packed: Uint8Array, length: number): Buffer | Promise<Buffer> {
    if (length === 0 || length > linkLimits.messageBytesMax) throw new RangeError(`a packed batch of ${length} bytes`);
    const options = { ...this.window.options, maxOutputLength: length };
    if (length <= linkLimits.packAtOnceBytes) return this.checked(inflateRawSync(packed, options), length);
    return inflateLater(packed, options).then((piece) => this.checked(piece, length));
  }

  private checked(piece: Buffer, length: number): Buffer {
    if (piece.length !== length) throw new RangeError(`${piece.length} bytes came of what should be ${length}`);
    this.window.add(piece);
    return piece;
  }
}

/** The end of what went through. */
class Window {
  private bytes: Buffer = Buffer.alloc(0);

  get options(): ZlibOptions {
    const flush = { finishFlush: constants.Z_SYNC_FLUSH };
    return this.bytes.length === 0 ? flush : { ...flush, dictionary: this.bytes };
  }

  /** A copy: nobody's memory is held. */
  add(piece: Uint8Array): void {
    const { packWindowBytes } = linkLimits;
    const added = piece.subarray(Math.max(0, piece.length - packWindowBytes));
    const kept = this.bytes.subarray(Math.max(0, this.bytes.length + added.length - packWindowBytes));
    this.bytes = Buffer.concat([kept, added]);
  }
}
