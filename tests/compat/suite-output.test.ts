/** What the suite prints, read as results; and two runs set side by side. */
import { expect, test } from "vitest";
import { compareUnit } from "./compare.mjs";
import { withResults } from "./document.mjs";
import { parseSuiteOutput } from "./suite-output.mjs";

const PRINTED = `Starting test server at port 21000
[ready]: 77
Testing unit/x
[ok]: one passes (3 ms)
[ok]: one passes (4 ms)
[err]: one fails, with "[brackets]" (twice) in tests/unit/x.tcl
Expected '1' to be equal to '2'
[not a result]
[ignore]: not asked for: Tag: slow denied
[skip]: left out
[err]: cannot read the reply
    while executing
[TIMEOUT]: clients state report follows.
sock1 => (IN PROGRESS) one that hangs

                   The End

*** [err]: one fails, with "[brackets]" (twice) in tests/unit/x.tcl
[err]: said again in the summary in tests/unit/x.tcl
`;

test("each test is one result, in order, with what was said about it", () => {
  expect(parseSuiteOutput(PRINTED)).toEqual([
    { test: "one passes", outcome: "passed", detail: "" },
    { test: "one passes (2)", outcome: "passed", detail: "" },
    {
      test: 'one fails, with "[brackets]" (twice)',
      outcome: "failed",
      detail: "Expected '1' to be equal to '2'\n[not a result]",
    },
    { test: "(between the tests)", outcome: "failed", detail: "cannot read the reply\n    while executing" },
    { test: "one that hangs", outcome: "hung", detail: "no end in the time given" },
  ]);
});

const passed = (name: string) => ({ test: name, outcome: "passed", detail: "" });
const failed = (name: string) => ({ test: name, outcome: "failed", detail: "why" });
const known = (name: string, unit = "u") => ({ unit, test: name, reason: "because", skipped: false });

test("what passes alone and not through the gateway has a known reason, or is told; and a reason that is none any more", () => {
  const plain = [passed("same"), passed("known"), passed("new"), passed("gone"), passed("unrun"), failed("never")];
  const ours = [passed("same"), failed("known"), failed("new"), passed("gone"), passed("never")];
  const result = compareUnit("u", plain, ours, [known("known"), known("gone"), known("new", "another")]);
  expect(result).toEqual({
    unit: "u",
    passedPlain: 5,
    failedPlain: ["never"],
    passed: 2,
    differences: [{ unit: "u", test: "known", reason: "because" }],
    unknown: [
      { unit: "u", test: "new", detail: "why" },
      { unit: "u", test: "unrun", detail: "it did not run" },
    ],
    vanished: [{ unit: "u", test: "gone", reason: "because" }],
  });
});

test("the document keeps what stands around the markers, and all is said of all only", () => {
  const begin = "<!-- results: begin, written by npm run test:compat -->";
  const end = "<!-- results: end -->";
  const conditions = { date: "2026-01-02", server: "redis 7.0.15", node: "20", suite: "7.0" };
  const results = [
    { ...compareUnit("u", [passed("a"), passed("b_c")], [passed("a")], [known("b_c")]) },
    { ...compareUnit("v", [passed("a")], [passed("a")], []) },
  ];
  const text = withResults(`before\n${begin}\nold\n${end}\nafter\n`, results, conditions);
  expect(text).toMatch(/^before\n/);
  expect(text).toMatch(/\nafter\n$/);
  expect(text).not.toContain("old");
  expect(text).toContain("**2 of the 3 tests that redis 7.0.15 alone passes, 66.6 %.**");
  expect(text).toContain("| `v` | 1 | 1 | 100.0 % |");
  expect(text).toContain("**because** (1)\n\n- `u`: b\\_c\n");
  expect(() => withResults("no markers", results, conditions)).toThrow(/lacks its markers/);
});
