/** The command line: what is chosen by default, what is refused, and when docs/ are written. */
import { expect, test } from "vitest";
import { parseOptions } from "./options.js";
import { partNames } from "./parts/names.js";
import { sizes } from "./sizes.js";

test("everything, at full size, goes into docs/", () => {
  const options = parseOptions([]);
  expect(options).toMatchObject({ scale: "full", sizes: sizes.full, json: false, aof: true, writesDocs: true });
  expect(options.parts).toEqual(partNames);
});

test("less than that does not", () => {
  for (const args of [["--quick"], ["--tiny"], ["--only", "lag"], ["--no-aof"]]) {
    expect(parseOptions(args).writesDocs, args.join(" ")).toBe(false);
  }
});

test("parts come in their own order, rounds replace those of the size", () => {
  const { parts, sizes: chosen } = parseOptions(["--quick", "--only", "memory, lag", "--rounds", "7"]);
  expect(parts).toEqual(["lag", "memory"]);
  expect(chosen).toEqual({ ...sizes.quick, rounds: 7 });
});

test.each([
  ["--only lga", "choose among"],
  ["--rounds 0", "give 1 to"],
  ["--rounds 1.5", "give 1 to"],
  ["--fast", "see --help"],
  ["lag", "see --help"],
])("%s is refused, with what to do", (line, remedy) => {
  expect(() => parseOptions(line.split(" "))).toThrow(expect.objectContaining({ code: "BENCH_BADOPTION" }));
  expect(() => parseOptions(line.split(" "))).toThrow(remedy);
});
