/** A probe's report: read again, believed by the adviser, and shown. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { measuredByProbe } from "../advise/round-trips.js";
import { spreadOf } from "../numbers.js";
import { noStyle } from "../test-support/no-style.js";
import { collectGateway } from "./gateways.js";
import { readProbeReport, type ProbeReport } from "./report.js";
import { probeLines } from "./view.js";

const report: ProbeReport = {
  format: 1,
  software: "0.1.0",
  atMs: 0,
  seconds: 10,
  regions: [
    { region: "us", gateway: "10.0.0.1:6400", roundTripMs: 0.3, problem: null },
    { region: "eu", gateway: "10.0.0.2:6400", roundTripMs: 81, problem: "OOM" },
  ],
  roundTrips: [{ a: "us", b: "eu", ms: spreadOf([80, 81, 90]) }],
  delays: [{ from: "us", to: "eu", p50Ms: 41, p99Ms: 44, lagMsMax: 60 }],
  staleness: [
    { writtenIn: "us", readIn: "eu", ms: spreadOf([43, 48.2]), unseen: 2 },
    { writtenIn: "eu", readIn: "us", ms: null, unseen: 0 },
  ],
};

async function fileWith(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "meridian-probe-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "probe.json"), text);
  return join(folder, "probe.json");
}

test("a report is read as it was kept; what is none says what it is to be", async () => {
  expect(await readProbeReport(await fileWith(JSON.stringify(report)))).toEqual(report);
  for (const [text, reason] of [
    ["{", "JSON"],
    ["{}", "no report of format 1"],
    ['{"format":1,"regions":[]}', "not whole"],
  ] as const) {
    await expect(readProbeReport(await fileWith(text))).rejects.toThrow(reason);
  }
  await expect(readProbeReport("/nowhere/probe.json")).rejects.toThrow("meridian probe --report");
});

test("the adviser takes what readers saw, and what agents told where nobody read", () => {
  expect(measuredByProbe(report)).toEqual({
    regions: ["us", "eu"],
    roundTrips: [{ a: "us", b: "eu", ms: 81 }],
    copyDelayMs: 48,
  });
  expect(measuredByProbe({ ...report, staleness: [] }).copyDelayMs).toBe(44);
  expect(measuredByProbe({ ...report, staleness: [], delays: [] }).copyDelayMs).toBeNull();
});

test("for people: each pair, what was unseen, what is far away and what went wrong", () => {
  const text = probeLines(report, noStyle).join("\n");
  expect(text).toMatch(/^us - eu +81 ms +90 ms +90 ms +90 ms +3$/m);
  expect(text).toMatch(/^us -> eu +43 ms +48 ms +48 ms +48 ms +2 +2$/m);
  expect(text).toMatch(/^eu -> us +- +- +- +- +0$/m);
  expect(text).toContain("eu: its gateway 10.0.0.2:6400 is 81 ms from here");
  expect(text).toMatch(/^eu: OOM$/m);
});

test("a gateway is named by region and URL; what is refused does not show a password", () => {
  expect(collectGateway("us=redis://u:p@10.0.0.1:6400", undefined)).toEqual(
    new Map([["us", "redis://u:p@10.0.0.1:6400"]]),
  );
  expect(() => collectGateway("us=http://u:secret@host", undefined)).toThrow(
    "--gateway us=... names no region's gateway",
  );
});
