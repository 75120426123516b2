/** `meridian top` on a terminal made up for the test, asking an admin API made up as well. */
import { PassThrough } from "node:stream";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { waitFor } from "@meridian/testkit";
import type { HealthDocument, LinkView, RegionStatus, StatusDocument } from "@meridian/agent/api";
import type { Output } from "../output.js";
import { noStyle } from "../test-support/no-style.js";
import { LagHistory } from "../lag/history.js";
import { ratesOf } from "./rates.js";
import { runTop } from "./run.js";
import { pressed } from "./view-state.js";
import { headLine, viewLines, type TopData } from "./views.js";

const REGION = {
  region: "us",
  state: "up",
  problem: null,
  gateway: { stats: { clientsConnected: 2, commandsWritten: 100, commandsForwarded: 50 } },
  logs: { bytes: 2000, keptFor: ["eu"], unsyncedMs: 5 },
  conflicts: { keys: 3, counts: {} },
  findings: [],
  alarms: [{ code: "REPLICA_CLOCK_SKEW", message: "clocks differ", atMs: 1, count: 2, peer: null, origin: null }],
} as unknown as RegionStatus;
const LINK = {
  from: "us",
  to: "eu",
  state: "up",
  lagMs: 40,
  delayMs: { p50: 41, p99: 80 },
  operationsPerSecond: 12,
  bytesPerSecond: 1000,
  backlogEntries: 7,
  emulated: null,
  roundTripMs: 80,
} as unknown as LinkView;

function status(atMs: number, written = 100): StatusDocument {
  const region = { ...REGION, gateway: { stats: { ...REGION.gateway?.stats, commandsWritten: written } } };
  return {
    format: 1,
    software: "1.2.3",
    atMs,
    kind: "local",
    regions: [region],
    links: [LINK],
  } as unknown as StatusDocument;
}

function data(more: Partial<TopData> = {}): TopData {
  const lags = new LagHistory();
  lags.add(status(1000));
  const rates = ratesOf(status(1000), status(3000, 300));
  return { status: status(3000, 300), problem: undefined, rates, lags, conflicts: [], health: [], ...more };
}

const HEALTH = {
  atMs: 1,
  convergence: { checkedAtMs: 1, same: false, quiet: true, buckets: 64, differing: 2, examples: [], regions: [] },
  lag: [],
  regions: [
    { region: "us", problem: null, memory: null, keys: 5, commandsPerSecond: 9, logs: null, clockSkewMs: { eu: 3 } },
  ],
  alarms: [{ region: "us", code: "X", message: "wrong", atMs: 1, count: 1, runbook: "docs/operating/alarms.md#x" }],
} as unknown as HealthDocument;

test("the overview has rates, lags as bars, and what is wrong", () => {
  const lines = viewLines("overview", data(), noStyle).join("\n");
  expect(lines).toMatch(/us +up +2 +100\/s +0\/s +2.0?kB +eu +3 +1/);
  expect(lines).toContain("us -> eu");
  expect(lines).toContain("█");
  expect(lines).toContain("us: REPLICA_CLOCK_SKEW clocks differ");
  expect(headLine(data(), noStyle)).toBe(
    "Meridian 1.2.3  1 of 1 regions up, 1 of 1 links up, 3 keys have kept conflicts",
  );
});

test("what is shown while nobody answers is said to be old", () => {
  expect(headLine(data({ problem: "it is away" }), noStyle)).toContain("as last told: it is away");
  expect(viewLines("overview", data({ status: undefined, problem: "it is away" }), noStyle)).toEqual(["it is away"]);
});

test("health says whether digests differ for good", () => {
  const lines = viewLines("health", data({ health: [HEALTH] }), noStyle).join("\n");
  expect(lines).toContain("2 of 64 digests differ, and nothing is under way: run meridian verify");
  expect(lines).toContain("docs/operating/alarms.md#x");
});

test.each([
  ["right", { view: "links", scrolled: 0 }],
  ["left", { view: "health", scrolled: 0 }],
  ["3", { view: "conflicts", scrolled: 0 }],
  ["down", { view: "overview", scrolled: 3 }],
  ["up", { view: "overview", scrolled: 1 }],
  ["x", { view: "overview", scrolled: 2 }],
  ["q", undefined],
  ["ctrl-c", undefined],
])("the key %s", (key, wanted) => {
  expect(pressed({ view: "overview", scrolled: 2 }, key)).toEqual(wanted);
});

let api: Server;
let admin: string[];

beforeEach(async () => {
  api = createServer((request, response) => {
    const conflicts = { counts: { us: { string: 1 } }, conflicts: [], problems: [], whole: true };
    const answers: Record<string, unknown> = { "/api/health": HEALTH, "/api/conflicts": conflicts };
    response.end(JSON.stringify(answers[request.url ?? ""] ?? status(Date.now())));
  });
  await new Promise<void>((resolve) => api.listen({ host: "127.0.0.1", port: 0 }, resolve));
  admin = [`http://127.0.0.1:${(api.address() as AddressInfo).port}`];
});
afterEach(async () => {
  api.closeAllConnections();
  await new Promise((resolve) => api.close(resolve));
});

class TestTerminal extends PassThrough {
  isTTY = true;
  columns = 200;
  rows = 30;
  text = "";
  isRaw = false;
  constructor() {
    super();
    this.on("data", (chunk: Buffer) => (this.text += chunk.toString("utf8")));
  }
  setRawMode(isRaw: boolean): void {
    this.isRaw = isRaw;
  }
}

function output(): Output & { printed: string[]; documents: unknown[] } {
  const printed: string[] = [];
  const documents: unknown[] = [];
  return {
    style: noStyle,
    printed,
    documents,
    lines: (lines) => printed.push(...lines),
    json: (document) => documents.push(document),
    error: (line) => printed.push(line),
  };
}

test("keys move between views, and the terminal is left as it was", async () => {
  const [input, screen] = [
    new PassThrough() as PassThrough & { isTTY: boolean; setRawMode: (is: boolean) => void },
    new TestTerminal(),
  ];
  const raw: boolean[] = [];
  input.isTTY = true;
  input.setRawMode = (is) => raw.push(is);
  const running = runTop({ admin }, output(), { input, output: screen });
  await waitFor(() => screen.text.includes("[1 overview]"), { what: "the overview" });
  input.write("\u001B[D");
  await waitFor(() => screen.text.includes("digests differ"), { what: "health" });
  input.write("q");
  await running;
  expect(raw).toEqual([true, false]);
  expect(screen.text.startsWith("\u001B[?1049h")).toBe(true);
  expect(screen.text.endsWith("\u001B[?25h\u001B[?1049l")).toBe(true);
});

test("without a terminal it prints once, and as JSON status and health", async () => {
  const [input, screen] = [new PassThrough(), new TestTerminal()];
  const told = output();
  await runTop({ admin }, told, { input, output: screen });
  expect(told.printed[0]).toContain("1 of 1 regions up");
  await runTop({ admin, json: true }, told, { input, output: screen });
  expect(told.documents).toMatchObject([
    { status: { regions: [{ region: "us" }] }, health: [{ alarms: [{ code: "X" }] }] },
  ]);
  expect(screen.text).toBe("");
});
