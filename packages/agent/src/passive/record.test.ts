/** Which of two records counts. */
import { expect, test } from "vitest";
import { isNewer, parseRecord } from "./record.js";

const REGIONS = ["us", "eu", "ap"];
const of = (epoch: number, primary: string) => ({ epoch, primary, sinceMs: 0 });

test("the higher epoch counts, and of equal ones the region listed first", () => {
  expect(isNewer(of(1, "eu"), undefined, REGIONS)).toBe(true);
  expect(isNewer(of(2, "ap"), of(1, "us"), REGIONS)).toBe(true);
  expect(isNewer(of(1, "us"), of(2, "ap"), REGIONS)).toBe(false);
  expect(isNewer(of(2, "us"), of(2, "ap"), REGIONS)).toBe(true);
  expect(isNewer(of(2, "ap"), of(2, "us"), REGIONS)).toBe(false);
  expect(isNewer(of(2, "ap"), of(2, "ap"), REGIONS)).toBe(false);
});

test("what is no record is none", () => {
  expect(parseRecord(JSON.stringify(of(3, "eu")))).toEqual(of(3, "eu"));
  for (const text of [undefined, "", "{}", '{"epoch":0,"primary":"eu","sinceMs":1}']) {
    expect(parseRecord(text)).toBeUndefined();
  }
});
