/** Packing: what goes in comes out, each piece at once, the pieces before help, and nothing grows beyond what is said. */
import { deflateRawSync } from "node:zlib";
import { seededRandom } from "@meridian/testkit";
import { expect, test } from "vitest";
import { Packer, Unpacker } from "./compression.js";
import { linkLimits } from "./limits.js";

function pair(): { packer: Packer; unpacker: Unpacker } {
  return { packer: new Packer(), unpacker: new Unpacker() };
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

test.each([1_000, 100_000])("a bomb is stopped when it grows beyond the %i bytes that it came with", async (length) => {
  const { unpacker } = pair();
  const bomb = deflateRawSync(Buffer.alloc(100_000_000));
  const before = process.memoryUsage().arrayBuffers;
  await expect((async () => await unpacker.unpack(bomb, length))()).rejects.toThrow(RangeError);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
});

test("a length beyond the limit, a wrong length, an end too soon and noise are refused", async () => {
  const packed = await pair().packer.pack(Buffer.from("x".repeat(500)));
  const unpacking = (bytes: Uint8Array, length: number) => () => pair().unpacker.unpack(bytes, length);
  expect(unpacking(packed, linkLimits.messageBytesMax + 1)).toThrow(RangeError);
  expect(unpacking(packed, 0)).toThrow(RangeError);
  expect(unpacking(packed, 501)).toThrow("500 bytes came of what should be 501");
  expect(unpacking(packed.subarray(0, 2), 500)).toThrow(RangeError);
  expect(unpacking(Buffer.from("\u0007 no deflate"), 500)).toThrow();
  await expect(unpacking(Buffer.from("\u0007 no deflate"), 50_000)()).rejects.toThrow();
});

test("a piece is not understood without the one before it", async () => {
  const { packer, unpacker } = pair();
  const piece = Buffer.from("SET session:customer:1 active, SET session:order:7 pending, DEL session:basket:3");
  await packer.pack(piece);
  const second = await packer.pack(piece);
  expect(() => unpacker.unpack(second, piece.length)).toThrow();
});
