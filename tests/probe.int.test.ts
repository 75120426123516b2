/** `meridian probe` and `lag` beside a running start: what they measure is whole, and a cut link shows in both. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, expect, test } from "vitest";
import { isBuilt, meridian, newFolder, start, stopAll } from "./local-start.js";

interface Spread {
  samples: number;
  max: number;
}

interface Report {
  regions: { problem: string | null }[];
  roundTrips: { ms: Spread | null }[];
  staleness: { writtenIn: string; readIn: string; ms: Spread | null; unseen: number }[];
}

interface LagReport {
  links: { from: string; to: string; secondsDown: number }[];
}

beforeAll(() => {
  if (!isBuilt) throw new Error("this test runs what was built: npm run build");
});

afterEach(stopAll, 60_000);

test("round trips, delays and what readers see; a cut link is unseen, and the chart's sum says that it was down", async () => {
  const running = await start({ args: ["--rtt", "10ms"] });
  const port = String(running.basePort);
  const file = join(newFolder(), "probe.json");
  const printed = await meridian("probe", "--base-port", port, "--seconds", "2", "--report", file);
  expect(printed).toMatchObject({ code: 0, stderr: "" });
  expect(printed.stdout).toContain("From the reply to a write until a reader sees it");
  const whole = JSON.parse(readFileSync(file, "utf8")) as Report;
  expect(whole.regions.map(({ problem }) => problem)).toEqual([null, null, null]);
  expect(whole.roundTrips.map(({ ms }) => (ms?.samples ?? 0) > 0)).toEqual([true, true, true]);
  expect(whole.staleness).toHaveLength(6);
  for (const { ms } of whole.staleness) expect(ms?.samples).toBeGreaterThan(0);
  expect(await running.client(0).keys("*probe*")).toEqual([]); // it leaves nothing behind
  const advised = await meridian("advise", "--data", "session", "--probe", file);
  expect(advised.stdout).toMatch(/us-east-1 - eu-west-1: [\d.]+ ms a round trip, measured/);
  const again = await meridian("probe", "--base-port", port, "--seconds", "1", "--report", file);
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("--report FILE")]);

  await meridian("partition", "eu-west-1", "--base-port", port);
  const [cut, lag] = await Promise.all([
    meridian("probe", "--base-port", port, "--seconds", "5", "--json"),
    meridian("lag", "--base-port", port, "--seconds", "2", "--json"),
  ]);
  const { staleness } = JSON.parse(cut.stdout) as Report;
  for (const { writtenIn, readIn, ms, unseen } of staleness) {
    const isCut = [writtenIn, readIn].includes("eu-west-1");
    expect([writtenIn, readIn, ms === null, unseen > 0]).toEqual([writtenIn, readIn, isCut, isCut]);
  }
  const { links } = JSON.parse(lag.stdout) as LagReport;
  const down = links.filter(({ secondsDown }) => secondsDown > 0);
  expect(down.map(({ from, to }) => [from, to].includes("eu-west-1"))).toEqual([true, true, true, true]);
}, 60_000);
