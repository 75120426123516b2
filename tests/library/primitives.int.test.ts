/** The host in Redis against the host in Node, and the core's decimals in both, on random input: byte for byte. */
import { bindHost } from "../../packages/core/src/host.js";
import {
  addDecimals,
  fitsInt64,
  isInt64Text,
  negateDecimal,
  parseDecimal,
} from "../../packages/core/src/number/decimal.js";
import { Draw, ModelHost, ModelKeyspace, pack, seededRandom, testSeed } from "@meridian/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleCode } from "./bundle/build.js";
import { kinds, startServer, type Plain, type TestServer } from "./support.js";

const ROUNDS = 400;
const seed = testSeed();
const model = new ModelHost(new ModelKeyspace({ nowMs: () => 0, random: () => 0 }));

const integers = [
  0,
  1,
  127,
  128,
  255,
  256,
  65_535,
  65_536,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 52,
  2 ** 53 - 1,
  -1,
  -32,
  -33,
  -128,
  -129,
  -32_768,
  -32_769,
  -(2 ** 31),
  -(2 ** 31) - 1,
  -(2 ** 53) + 1,
];
const lengths = [0, 1, 31, 32, 255, 256, 65_535, 65_536];
/** Not one whole value that `pack` writes. */
const malformed = [
  "",
  "\x01\x02",
  "\xc0",
  "\xc1",
  "\x92\x01",
  "\xa5abc",
  "\xd9",
  "\xcd\x01",
  "\xdd\xff\xff\xff\xff",
  "\xdb\xff\xff\xff\xffa",
  "\xc4\x01a",
  "\xd4\x01\x01",
];

function randomBytes(draw: Draw, length: number): string {
  return Buffer.from(Array.from({ length }, () => draw.below(256))).toString("latin1");
}

function randomDecimal(draw: Draw): string {
  const digits = (most: number): string => Array.from({ length: draw.below(most) }, () => draw.below(10)).join("");
  const text = `${draw.pick(["", "", "-", "+"])}${digits(21)}${draw.pick(["", ".", `.${digits(22)}`])}`;
  return text + draw.pick(["", "", "", "e3", "E-7", "e+20", "x", " ", "e"]);
}

for (const kind of kinds) {
  describe(`on ${kind}, SEED=${seed}`, () => {
    const draw = new Draw(() => random.real());
    const random = seededRandom(seed);
    let server: TestServer;
    const probe = (...args: string[]): Promise<Plain> => server.plain("FCALL", "probe", "0", ...args);

    beforeAll(async () => {
      bindHost(model);
      server = await startServer(kind, bundleCode());
    });
    afterAll(() => server.stop());

    test("stamps are 7 bytes, and come back", async () => {
      const some = Array.from({ length: 50 }, () => Math.floor(random.real() * 2 ** 53));
      for (const value of [...integers.filter((integer) => integer >= 0), ...some]) {
        expect(await probe("packStamp", String(value)), String(value)).toBe(model.packStamp(value));
        expect(await probe("unpackStamp", `x${model.packStamp(value)}y`)).toBe(String(value));
        expect(await probe("integerText", String(value))).toBe(model.integerText(value));
      }
    });

    test("integers, texts and arrays pack alike", async () => {
      for (const value of integers)
        expect(await probe("packInteger", String(value)), String(value)).toBe(pack([value]));
      expect(await probe("packNothing")).toBe(pack([[], true, false, [[]]]));
      expect(await probe("packNested", "16")).toBe(`${"\x91".repeat(16)}\xa1x`);
      for (const length of lengths) {
        const text = pack([randomBytes(draw, length), [1, false]]);
        expect(await probe("repack", text), `${length} bytes`).toBe(text);
      }
      const long = pack(Array.from({ length: 70_000 }, (_, at) => at));
      expect(await probe("repack", long)).toBe(long);
    });

    test("what is not one whole value of ours is refused, whatever it is", async () => {
      for (const text of malformed) expect(await probe("repack", text), JSON.stringify(text)).toBe(false);
      for (let round = 0; round < ROUNDS; round++) {
        const text = randomBytes(draw, 1 + draw.below(12));
        const answer = await probe("repack", text);
        expect(answer === false || typeof answer === "string", JSON.stringify(text)).toBe(true);
      }
    });

    test("long forms, an empty map and a nil at the end are read as what we would have written", async () => {
      for (const [text, short] of [
        ["\xcc\x01", "\x01"],
        ["\xd1\x00\x01", "\x01"],
        ["\x80", "\x90"],
        ["\x91\xc0", "\x90"],
      ] as const) {
        expect(await probe("repack", text)).toBe(short);
      }
    });

    test("deeply nested input is refused without harm", async () => {
      expect(await probe("repack", `${"\x91".repeat(50_000)}\x01`)).toBe(false);
      expect(await probe("integerText", "7")).toBe("7");
    });

    test("decimals are the same to the last digit", async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const [a, b] = [randomDecimal(draw), randomDecimal(draw)];
        const [left, right] = [parseDecimal(a), parseDecimal(b)];
        expect(await probe("parseDecimal", a), a).toBe(left ?? false);
        expect(await probe("isInt64Text", a), a).toBe(Number(isInt64Text(a)));
        if (left === undefined || right === undefined) continue;
        expect(await probe("addDecimals", left, right), `${left} + ${right}`).toBe(addDecimals(left, right));
        expect(await probe("negateDecimal", left)).toBe(negateDecimal(left));
        if (!left.includes(".")) expect(await probe("fitsInt64", left), left).toBe(Number(fitsInt64(left)));
      }
    });
  });
}
