/** Packing: what goes in comes out, each piece at once, the pieces before help, and nothing grows beyond what is said. */
import { deflateRawSync } from "node:zlib";
import { seededRandom } from "@meridian/testkit";
import { afterEach, expect, test } from "vitest";
import { Packer, Unpacker } from "./compression.js";
import { linkLimits } from "./limits.js";

const open: { stop(): void }[] = [];
afterEach(() => {
  for (const item of open.splice(0)) item.stop();
});

function pair(): { packer: Packer; unpacker: Unpacker } {
  const made = { packer: new Packer(), unpacker: new Unpacker() };
  open.push(made.packer, made.unpacker);
  return made;
}

test("pieces of any size come out one by one, as they went in", async () => {
  const { packer, unpacker } = pair();
  const random = seededRandom(11);
  const sizes = [1, 64, 1000, 65_535, 65_536, 65_537, 300_000, linkLimits.messageBytesMax];
  for (let round = 0; round < 60; round++) {
    const isNoise = random.integer(0, 1) === 1;
    const size = random.pick(sizes);
    const piece = Buffer.from(Array.from({ length: size }, () => (isNoise ? random.integer(0, 255) : size % 256)));
    const packed = await packer.pack(piece);
    expect(Buffer.compare(await unpacker.unpack(packed, piece.length), piece)).toBe(0);
  }
});

test("a small piece is packed by what the pieces before had", async () => {
  const { packer } = pair();
  const piece = (n: number): Buffer => Buffer.from(`SET session:customer:${n} {"state":"active","region":"eu"}`);
  const first = await packer.pack(piece(1000));
  const later = await packer.pack(piece(1001));
  expect(later.length).toBeLessThan(first.length / 2);
});

test("what does not shrink rests packing for a while, and tiny pieces are left alone", async () => {
  const { packer } = pair();
  const random = seededRandom(3);
  const length = 5000;
  expect(packer.pays(linkLimits.packBytesMin - 1)).toBe(false);
  for (let at = 0; at < linkLimits.packPoorMax; at++) {
    expect(packer.pays(length)).toBe(true);
    await packer.pack(Buffer.from(Array.from({ length }, () => random.integer(0, 255))));
  }
  const pays = Array.from({ length: linkLimits.packRests + 1 }, () => packer.pays(length));
  expect([pays.indexOf(true), pays.length - 1]).toEqual([linkLimits.packRests, linkLimits.packRests]);
});

test("a bomb is stopped when it grows beyond the length that it came with", async () => {
  const { unpacker } = pair();
  const bomb = deflateRawSync(Buffer.alloc(100_000_000));
  const before = process.memoryUsage().arrayBuffers;
  await expect(unpacker.unpack(bomb, 1000)).rejects.toThrow(RangeError);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
});

test("a length beyond the limit, a wrong length and noise are refused", async () => {
  const packed = await pair().packer.pack(Buffer.from("x".repeat(500)));
  await expect(pair().unpacker.unpack(packed, linkLimits.messageBytesMax + 1)).rejects.toThrow(RangeError);
  await expect(pair().unpacker.unpack(packed, 501)).rejects.toThrow("500 bytes came of what should be 501");
  await expect(pair().unpacker.unpack(Buffer.from("\u0007 no deflate"), 500)).rejects.toThrow();
});

test("after the end of the stream nothing more is taken for a part of it, and a stop ends who waits", async () => {
  const { unpacker } = pair();
  expect(await unpacker.unpack(deflateRawSync("ended"), 5)).toEqual(Buffer.from("ended"));
  await expect(unpacker.unpack(deflateRawSync("again"), 5)).rejects.toThrow(RangeError);
  const { packer } = pair();
  const waiting = packer.pack(Buffer.alloc(1_000_000));
  packer.stop();
  await expect(waiting).rejects.toThrow();
});
