/** Which rule a conflict falls under, and what became of each write. */
import { expect, test } from "vitest";
import type { KeyRegion } from "./documents.js";
import type { LoggedOperation } from "./key-log.js";
import { operationWords } from "./operation-words.js";
import { ruleOf } from "./story-rules.js";
import { storyOf } from "./story.js";

let stamp = 0;

function logged(code: string, region: string, more: Partial<LoggedOperation> = {}): LoggedOperation {
  stamp++;
  const origin = `${region}~1`;
  const place = { region, origin, stamp, id: `${stamp}-0`, atMs: stamp };
  return { ...place, command: code, arguments: [], concurrentWith: [], seen: [], code, ...more };
}

function meet(...operations: LoggedOperation[]): LoggedOperation[] {
  for (const one of operations) {
    for (const other of operations) if (one.origin !== other.origin) one.concurrentWith.push(other.stamp);
  }
  return operations;
}

function view(metadata: unknown): KeyRegion {
  const shown = { type: "string", ttlMs: -1, size: 1, value: null, encoding: null, bytes: null, fingerprint: "x" };
  return { region: "us", problem: null, ...shown, metadata };
}

function told(operations: LoggedOperation[], metadata: unknown = {}) {
  const parts = { keyBase64: "", atMs: 0, log: { operations, whole: true }, view: view(metadata), conflicts: [] };
  return storyOf(parts, () => false);
}

test.each([
  ["SS", "register"],
  ["SA", "register"],
  ["II", "sum"],
  ["SI", "sum"],
  ["EE", "merge"],
  ["EF", "add-wins"],
  ["LL", "all-stay"],
  ["LB", "all-stay"],
  ["SD", "delete-update"],
  ["EX", "delete-update"],
  ["TT", "expiry"],
  ["SE", "clash"],
  ["GG", "union"],
  ["aa", "merge"],
  ["HR", "add-wins"],
])("of %s the rule is %s", (codes, rule) => {
  expect(ruleOf([...codes].map((code) => logged(code, "us")))).toBe(rule);
});

test("two fields of a hash never meet, one does", () => {
  const field = (name: string): LoggedOperation => logged("H", "us", { arguments: [name, "1"] });
  expect(ruleOf([field("a"), field("b")])).toBe("merge");
  expect(ruleOf([field("a"), field("a")])).toBe("register");
});

test("of two values one shows and one is kept, and there is no story without a conflict", () => {
  const [us, eu] = meet(logged("S", "us"), logged("S", "eu"));
  const registers = [
    { origin: us?.origin, stamp: us?.stamp, shows: false },
    { origin: eu?.origin, stamp: eu?.stamp, shows: true },
  ];
  const story = told(
    [us, eu].filter((one) => one !== undefined),
    { string: { registers } },
  );
  expect(story?.writes.map(({ region, outcome }) => [region, outcome])).toEqual([
    ["us", "kept"],
    ["eu", "won"],
  ]);
  expect(story?.why).toContain("eu wrote at");
  expect(told([logged("S", "us"), logged("S", "us")])).toBeUndefined();
});

test("increments are counted but for those that a later write had seen", () => {
  const [one, two] = meet(logged("I", "us"), logged("I", "eu"));
  const reset = logged("S", "us", { seen: [one?.stamp ?? 0] });
  const story = told([one, two, reset].filter((operation) => operation !== undefined));
  expect(story?.writes.map(({ outcome }) => outcome)).toEqual(["overwritten", "counted"]);
});

test.each<[Parameters<typeof operationWords>[0], string]>([
  [["S", "k", "v", [], 0], "SET v"],
  [["S", "k", "v", [], 5], "SET v PXAT 5"],
  [["I", "k", false, 1, "3", 2, "10", 0, []], "INCRBY 7"],
  [["I", "k", "f", 1, false, 0, "-2", 0, []], "HINCRBY f -2"],
  [["J", "k", "m", 1, "0.1", 2, "0.3", 1, []], "ZINCRBY 0.2 m"],
  [["H", "k", ["f", "v", [], "g", "w", []], []], "HSET f v g w"],
  [["Y", "k", ["m", "1", []], []], "ZADD 1 m"],
  [["R", "k", ["f", []], 0, []], "HDEL f"],
  [["L", "k", "l", 1, ["a", "b"], []], "LPUSH a b"],
  [["E", "k", ["m"], []], "SADD m"],
  [["T", "k", 0], "PERSIST"],
  [["D", "k", []], "DEL"],
  [["?", "k"], "a write"],
])("reads the operation %j", (operation, wanted) => {
  const { command, arguments: args } = operationWords(operation);
  expect([command, ...args].join(" ")).toBe(wanted);
});
