/** The report of made-up results: targets met and missed, what was not measured, the markers of the document. */
import { expect, test } from "vitest";
import type { Results } from "../results.js";
import { sizes } from "../sizes.js";
import { BEGIN, END, textReport, withResults } from "./document.js";
import { goalsOf, isMet } from "./goals.js";

const nothing: Results = {
  date: "2026-01-02T03:04:05.000Z",
  machine: { cores: 2, node: "20.20.0", server: "redis 7.0.15", loadGenerator: "redis-benchmark 7.0.15" },
  scale: "full",
  sizes: sizes.full,
  aof: true,
  seconds: 400,
  loadAverage: { before: 0.1, after: 2 },
};

function rates(operation: string, plain: number[], direct: number[], gateway: number[]): Results["throughput"] {
  const of = (target: "plain" | "function" | "gateway", values: number[]) =>
    values.map((opsPerSecond, at) => ({
      operation,
      connections: 50,
      pipeline: 1,
      target,
      round: at + 1,
      opsPerSecond,
      serverCpuUs: 1,
      generatorShare: 0.5,
    }));
  return [...of("plain", plain), ...of("function", direct), ...of("gateway", gateway)];
}

const measured: Results = {
  ...nothing,
  throughput: [
    ...(rates("SET 3 bytes", [100, 200], [80, 160], [60, 120]) ?? []),
    ...(rates("HSET", [100, 100], [69, 69], [60, 60]) ?? []),
    ...(rates("GET", [100, 100], [10, 10], [55, 55]) ?? []),
  ],
  lag: [{ situation: "lone", round: 1, afterReplyMs: [1, 2, 9], wholeMs: [2, 3, 10] }],
};

function verdicts(results: Results) {
  return goalsOf(results).map((goal) => [goal.measured, goal.worst, isMet(goal)]);
}

test("a target for several operations is judged by the worst; reads are no direct writes", () => {
  const [direct, gateway, lag, loaded] = verdicts(measured);
  expect(direct).toEqual([0.69, "HSET", false]);
  expect(gateway).toEqual([0.55, "GET", true]);
  expect(lag).toEqual([2, undefined, true]);
  expect(loaded).toEqual([undefined, undefined, undefined]);
});

test("what was not measured is said to be so, never to be met", () => {
  for (const [figure, , met] of verdicts(nothing)) expect([figure, met]).toEqual([undefined, undefined]);
  expect(textReport(nothing).match(/not measured/g)).toHaveLength(goalsOf(nothing).length);
});

test("CPU time is judged as a multiple of plain Redis in the same round", () => {
  const cpu = ([plain, gateway]: [number, number], round: number) =>
    [
      { variant: "plain" as const, cpuMs: plain },
      { variant: "meridian by gateway" as const, cpuMs: gateway },
    ].map((one) => ({ ...one, pipeline: 16, round, cpuMsByProcess: {}, opsPerSecond: 1 }));
  const results = { ...nothing, cpu: [...cpu([100, 700], 1), ...cpu([200, 1600], 2), ...cpu([100, 900], 3)] };
  expect(verdicts(results).at(-1)).toEqual([8, undefined, false]);
  expect(verdicts(results).at(-2)).toEqual([undefined, undefined, undefined]);
});

test("only what is between the markers is written, again and again", () => {
  const document = `# Before\n\n${BEGIN}\n\nold\n\n${END}\n\nafter\n`;
  const once = withResults(document, "b.md", measured);
  expect(once.startsWith(`# Before\n\n${BEGIN}\n\n`)).toBe(true);
  expect(once.endsWith(`\n\n${END}\n\nafter\n`)).toBe(true);
  expect(once).not.toContain("old");
  expect(once).toContain("| SET 3 bytes | 150 (100..200) | 120 (80..160) | 0.80 (0.80..0.80) |");
  expect(withResults(once, "b.md", measured)).toBe(once);
});

test("a document without markers is refused, not overwritten", () => {
  const missing = expect.objectContaining({ code: "BENCH_NOMARKERS" });
  expect(() => withResults("# text", "b.md", nothing)).toThrow(missing);
  expect(() => withResults(`${END}${BEGIN}`, "b.md", nothing)).toThrow(missing);
});
