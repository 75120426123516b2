/** MessagePack round trips, and bytes that Redis's cmsgpack is known to write. */
import { expect, test } from "vitest";
import { pack, unpack } from "./index.js";

test("values come back as they were", () => {
  const values = [
    0,
    127,
    128,
    255,
    256,
    65535,
    65536,
    2 ** 32 - 1,
    2 ** 32,
    2 ** 53 - 1,
    -1,
    -32,
    -33,
    -128,
    -129,
    -32769,
    -(2 ** 31) - 1,
    1.5,
    0.1,
    true,
    false,
    "",
    "a".repeat(31),
    "\xff".repeat(32),
    "b".repeat(256),
    "c".repeat(70000),
    [],
    [[1, ["x"]], false],
    Array.from({ length: 70 }, (_, at) => at),
  ];
  for (const value of values) expect(unpack(pack(value))).toEqual(value);
});

test("the bytes are cmsgpack's", () => {
  expect(Buffer.from(pack([1, 300, "ab", false, [], -2]), "latin1").toString("hex")).toBe("9601cd012ca26162c290fe");
});

test("a text that is not one whole value is refused", () => {
  for (const text of ["", "\x92\x01", "\x01\x01", "\xa5ab", "\xdd\xff\xff\xff\xff", "\xc1"])
    expect(unpack(text)).toBeUndefined();
});
