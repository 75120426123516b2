/** Sequences and lanes against plain arrays: random records, runs and rows, near the ends and deep inside. */
import { ModelHost, ModelKeyspace, Draw, seededRandom } from "@meridian/testkit";
import { beforeEach, describe, expect, test } from "vitest";
import { bindHost } from "../../packages/core/src/host.js";
import { insertRows, removeRuns } from "../../packages/core/src/state/lanes.js";
import {
  compareBytes,
  eachRecord,
  lowerBound,
  placeOf,
  recordOf,
  restOf,
} from "../../packages/core/src/state/sequence.js";

const lanes = ["side", "native"];
let keyspace: ModelKeyspace;

beforeEach(() => {
  keyspace = new ModelKeyspace({ nowMs: () => 1_790_000_000_000, random: () => 0 });
  bindHost(new ModelHost(keyspace));
});

function drawOf(seed: number): Draw {
  const random = seededRandom(seed);
  return new Draw(() => random.real());
}

function placeAt(number: number): string {
  return String.fromCharCode(200, Math.floor(number / 65536) % 256, Math.floor(number / 256) % 256, number % 256);
}

/** Records with even numbers, so that there is room between; their values, many of them the same. */
function fill(size: number): [string[], string[]] {
  const records = Array.from({ length: size }, (_, at) => recordOf(placeAt(at * 2), "r"));
  const values = Array.from({ length: size }, (_, at) => `\0mer${".".repeat(at % 3)}`);
  keyspace.clear();
  if (size > 0) {
    keyspace.call("RPUSH", "side", ...records);
    keyspace.call("RPUSH", "native", ...values);
    keyspace.call("PEXPIRE", "native", "1000");
  }
  return [records, values];
}

function expectLanes(records: string[], values: string[]): void {
  expect(keyspace.call("LRANGE", "side", 0, -1)).toEqual(records);
  expect(keyspace.call("LRANGE", "native", 0, -1)).toEqual(values);
  expect(keyspace.call("PTTL", "native")).toBe(values.length > 0 ? 1000 : -2);
}

describe("records", () => {
  test("a place of any length comes out as it went in", () => {
    for (const length of [1, 13, 250, 251, 256, 70000]) {
      const place = "p".repeat(length - 1) + "\xff";
      const record = recordOf(place, "rest\0");
      expect([placeOf(record), restOf(record)]).toEqual([place, "rest\0"]);
    }
  });

  test("bytes are compared one by one", () => {
    const draw = drawOf(1);
    for (let round = 0; round < 2000; round++) {
      const text = () =>
        Array.from({ length: draw.below(20) }, () =>
          draw.pick(["\0", "a", "a", "b", "\xfe", "\xff", "\xff", "\xff"]),
        ).join("");
      const [left, right] = [text(), text()];
      const expected = Buffer.compare(Buffer.from(left, "latin1"), Buffer.from(right, "latin1"));
      expect(Math.sign(compareBytes(left, right))).toBe(expected);
    }
  });
});

test("the lower bound is found from anywhere", () => {
  for (const size of [0, 1, 2, 3, 7, 100, 1000]) {
    fill(size);
    for (let number = 0; number <= size * 2; number++) {
      expect(lowerBound("side", size, placeAt(number)), `${number} of ${size}`).toBe(Math.ceil(number / 2));
    }
  }
});

test("a walk visits each record once, in order", () => {
  const [records] = fill(1234);
  const seen: string[] = [];
  eachRecord("side", 3, 1200, (record, index) => seen.push(`${index} ${record}`));
  expect(seen).toEqual(records.slice(3, 1200).map((record, at) => `${at + 3} ${record}`));
});

describe.each([5, 60, 1500, 4000])("in a list of %i", (size) => {
  test("rows go in at their index", () => {
    const draw = drawOf(size);
    for (let round = 0; round < 30; round++) {
      const [records, values] = fill(size);
      const index = draw.pick([0, 1, size - 1, size, draw.below(size + 1)]);
      const count = draw.pick([1, 1, 2, 40]);
      const columns = [
        Array.from({ length: count }, (_, at) => recordOf(placeAt(1), `new ${at}`)),
        Array.from({ length: count }, (_, at) => draw.pick(["\0mer", "\0mer.....", `value ${at}`])),
      ];
      insertRows(lanes, size, index, columns);
      expectLanes(records.toSpliced(index, 0, ...columns[0]!), values.toSpliced(index, 0, ...columns[1]!));
    }
  });

  test("runs go away", () => {
    const draw = drawOf(size + 1);
    for (let round = 0; round < 60; round++) {
      const [records, values] = fill(size);
      const rate = draw.pick([0.001, 0.01, 0.5, 0.99, 1]);
      const from = draw.chance(0.5) ? 0 : draw.below(size);
      const to = draw.chance(0.5) ? size : from + draw.below(size - from) + 1;
      const gone = records.map((_, at) => at >= from && at < to && draw.chance(rate));
      const runs: number[] = [];
      for (let at = 0; at < size; at++) {
        if (!gone[at]) continue;
        if (gone[at - 1]) runs[runs.length - 1]!++;
        else runs.push(at, 1);
      }
      const left = removeRuns(lanes, size, runs);
      expect(left).toBe(gone.filter((is) => !is).length);
      expectLanes(
        records.filter((_, at) => !gone[at]),
        values.filter((_, at) => !gone[at]),
      );
    }
  });
});
