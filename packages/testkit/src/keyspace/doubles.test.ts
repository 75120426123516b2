/** Doubles as text, at the edges: what a Redis 7.0 server printed and took. */
import { expect, test } from "vitest";
import { doublePrefix, doubleText, fixedText, parseDouble } from "./doubles.js";

test("prints 17 significant digits", () => {
  const printed: [number, string][] = [
    [0.1, "0.10000000000000001"],
    [-2.5, "-2.5"],
    [-0, "-0"],
    [1e-5, "1.0000000000000001e-05"],
    [0.00025, "0.00025000000000000001"],
    [12345678.9, "12345678.9"],
    [123456789012345680 / 2, "61728394506172840"],
    [5e16, "50000000000000000"],
    [1e17, "1e+17"],
    [123456789012345680, "1.2345678901234568e+17"],
    [2 ** -25, "2.9802322387695312e-08"],
    [5e-324, "4.9406564584124654e-324"],
    [Number.MAX_VALUE, "1.7976931348623157e+308"],
    [Infinity, "inf"],
    [-Infinity, "-inf"],
  ];
  for (const [value, text] of printed) expect(doubleText(value)).toBe(text);
});

test("takes what strtod takes whole, and nothing out of range", () => {
  const taken: [string, number][] = [
    ["5.", 5],
    [".5", 0.5],
    ["+5e-1", 0.5],
    ["-0x1.8p1", -3],
    ["0x1p-1074", 5e-324],
    ["Infinity", Infinity],
    ["-inf", -Infinity],
  ];
  for (const [text, value] of taken) expect(parseDouble(text), text).toBe(value);
  const refused = ["", " 1", "1 ", ".", "1e", "0x", "0x1p", "nan", "nan(abc)", "1e400", "1e-400", "in", "1\0"];
  for (const text of refused) expect(parseDouble(text), text).toBeUndefined();
});

test("reads the longest prefix, blanks before it", () => {
  expect(doublePrefix(" \t1.5x")).toMatchObject({ value: 1.5, length: 5 });
  expect(doublePrefix("0xg")).toMatchObject({ value: 0, length: 1 });
  expect(doublePrefix("x")).toMatchObject({ value: 0, length: 0 });
});

test("prints a fixed number of fraction digits", () => {
  expect(fixedText(181.0078125, 6)).toBe("181.007812");
  expect(fixedText(1e30, 6)).toBe("1000000000000000019884624838656.000000");
  expect(fixedText(-0.00000005, 6)).toBe("-0.000000");
  expect(fixedText(13.361389338970184, 17)).toBe("13.36138933897018433");
});
