/** Numbers as people read them. */
import { expect, test } from "vitest";
import { bytesText, compact, durationText, msText, rateText, savedText } from "./numbers.js";

test("numbers, bytes, rates", () => {
  expect([0, 7, 999, 1_000, 1_234_567, 99_960].map(compact)).toEqual(["0", "7", "999", "1.0k", "1.2M", "100k"]);
  expect([512, 2_048].map(bytesText)).toEqual(["512 B", "2.0kB"]);
  expect([0, 0.4, 12, 5_000].map(rateText)).toEqual(["0/s", "0.4/s", "12/s", "5.0k/s"]);
  expect([savedText(30, 100), savedText(0, 0), savedText(120, 62)]).toEqual(["70 %", "–", "none"]);
});

test("times", () => {
  expect([null, 0, 41.6, 12_000].map(msText)).toEqual(["–", "0 ms", "42 ms", "12 s"]);
  expect([3, 59_000, 90_000, 7_200_000, 200_000_000].map(durationText)).toEqual([
    "3 ms",
    "59 s",
    "1.5 min",
    "2.0 h",
    "2.3 d",
  ]);
});
