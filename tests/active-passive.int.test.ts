/** One region takes the writes: planned and forced failovers under writes, refusals, and a primary that returns. */
import { findServerBinary } from "@meridian/engine";
import { waitFor } from "@meridian/testkit";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PassiveStart, Writer } from "./active-passive.js";
import { meridian, stopAll } from "./local-start.js";

const native = await findServerBinary();
const isMissing = native === undefined;
const clients: Redis[] = [];
let passive: PassiveStart;

beforeAll(async () => {
  if (isMissing) console.warn("SKIPPED: active-passive needs a native server");
  else passive = await PassiveStart.start();
}, 120_000);

afterAll(async () => {
  for (const client of clients) client.disconnect();
  await stopAll();
}, 30_000);

/** Of a region in its order, through its gateway. */
function gateway(region: number): Redis {
  const client = passive.running.client(region);
  clients.push(client);
  return client;
}

/** At the server itself. */
function direct(region: number): Redis {
  const client = new Redis(passive.running.basePort + 101 + region, { maxRetriesPerRequest: 0 });
  client.on("error", () => undefined);
  clients.push(client);
  return client;
}

test.skipIf(isMissing)("reads are local, writes reach the primary from everywhere", async () => {
  const [us, eu, ap] = [gateway(0), gateway(1), gateway(2)];
  expect(await eu.set("k", "v")).toBe("OK");
  expect(await us.get("k")).toBe("v");
  await waitFor(async () => (await ap.get("k")) === "v", { what: "the value in ap" });
  expect(await direct(0).call("ROLE")).toMatchObject({ 0: "master" });
  await expect(direct(1).set("k", "x")).rejects.toThrow(/READONLY/);
  const { regions, links } = await passive.status();
  expect(regions.map(({ activePassive: view }) => view?.role)).toEqual(["primary", "replica", "replica"]);
  expect(links.map(({ from, to }) => `${from} ${to}`)).toEqual(["us eu", "us ap"]);
});

test.skipIf(isMissing)(
  "a planned failover under writes loses nothing that was acknowledged",
  async () => {
    const writers = [0, 1, 2].flatMap((region) => {
      return ["a", "b"].map((name) => new Writer(gateway(region), `planned-${region}-${name}`));
    });
    await waitFor(() => writers.every(({ acknowledged }) => acknowledged.length > 20), { what: "writes" });
    // At once: one comes first, and the other one is refused, unless it came when the first was over.
    const both = await Promise.allSettled([passive.failover({ to: "eu" }), passive.failover({ to: "ap" })]);
    const done = both.flatMap((result) => (result.status === "fulfilled" ? result.value : []));
    for (const result of both) {
      if (result.status === "rejected") expect(String(result.reason)).toMatch(/FAILOVERUNDERWAY|NOTTHEPRIMARY/);
    }
    expect(done.map(({ epoch }) => epoch).toSorted((a, b) => a - b)).toEqual(done.length === 2 ? [2, 3] : [2]);
    const first = done.toSorted((a, b) => b.epoch - a.epoch)[0];
    expect(first).toMatchObject({ kind: "planned", done: true, unaware: [] });
    const counts = writers.map(({ acknowledged }) => acknowledged.length);
    await waitFor(() => writers.every(({ acknowledged }, index) => acknowledged.length > counts[index]! + 20), {
      what: "writes at the new primary",
    });
    await Promise.all(writers.map((writer) => writer.stop()));
    await passive.agrees(first?.to ?? "");
    for (const region of [0, 1, 2]) {
      const client = direct(region);
      for (const { key, acknowledged, refused } of writers) {
        expect(refused).toEqual([]);
        expect(await client.lrange(key, 0, -1)).toEqual(acknowledged);
      }
    }
  },
  120_000,
);

test.skipIf(isMissing)(
  "the command line makes a region the primary, and asks before it loses anything",
  async () => {
    const port = ["--base-port", String(passive.running.basePort)];
    const now = (await passive.status()).regions[0]?.activePassive?.primary ?? "";
    const to = now === "us" ? "eu" : "us";
    const refused = await meridian("failover", "--to", now, ...port);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("is the primary already")]);
    const alive = await meridian("failover", "--to", to, "--force", "--yes", ...port);
    expect([alive.code, alive.stderr]).toEqual([1, expect.stringContaining("leave out --force")]);
    const done = await meridian("failover", "--to", to, ...port);
    expect(done.stdout).toMatch(new RegExp(`${to} is the primary now .*\n.*none was lost`));
    await passive.agrees(to);

    await passive.link(false, to);
    const other = to === "us" ? "eu" : "us";
    const isMissed = (): Promise<boolean> =>
      passive.failover({ to: other, force: true }).then(
        ({ done: isDone }) => !isDone,
        () => false,
      );
    await waitFor(isMissed, { what: "the primary to be missed", timeoutMs: 40_000 });
    const preview = await meridian("failover", "--to", other, "--force", ...port);
    expect([preview.code, preview.stdout]).toEqual([1, expect.stringContaining("are not in")]);
    expect(preview.stderr).toContain("--force --yes");
    const forced = await meridian("failover", "--to", other, "--force", "--yes", "--json", ...port);
    expect(JSON.parse(forced.stdout)).toMatchObject({ kind: "forced", done: true, from: to, unaware: [to] });
    await passive.link(true);
    await passive.agrees(other);
    const status = await meridian("status", ...port);
    expect(status.stdout).toMatch(new RegExp(`${other} +primary +${other}`));
  },
  120_000,
);
