/**
 * What made operators leave the open-source systems that came before, each as a test: nodes that disagree for ever (KeyDB #366),
 * deleted keys that return (#83), counters that are short after a restart (#111), a short cut that costs a full reload (#367).
 * A dead region that fills everyone's memory is in packages/agent/src/replica/state-sync.int.test.ts.
 */
import { waitFor } from "@meridian/testkit";
import type { Redis } from "ioredis";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { isBuilt, meridian } from "../local-start.js";
import { Deployment, type FaultyRegion } from "./deployment.js";

const NAMES = ["us", "eu", "ap"] as const;
const KEYS = 20_000;
const WRITTEN_IN_CUT = 200;

let running: Deployment | undefined;
vi.setConfig({ testTimeout: 120_000 });

beforeAll(() => {
  if (!isBuilt) throw new Error("this test runs what was built: npm run build");
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

async function deploy(): Promise<Deployment | undefined> {
  running = await Deployment.start(NAMES);
  await running?.linksUp();
  return running;
}

/** The same keys in every region, with what makes them clash. */
async function writeAll(client: Redis, mark: string): Promise<void> {
  for (let number = 0; number < 10; number++) {
    await client.set(`register:${number}`, mark);
    await client.hset(`hash:${number}`, { [mark]: mark, common: mark });
    await client.sadd(`set:${number}`, mark, "common");
    await client.zadd(`sorted:${number}`, mark.length + number, "common", number, mark);
    await client.rpush(`list:${number}`, mark);
    await client.incrby(`counter:${number}`, 3);
    await client.xadd(`stream:${number}`, "*", "mark", mark);
    if (number % 3 === 0) await client.del(`register:${number}`, `set:${number}`);
    if (number % 4 === 0) await client.srem(`set:${number}`, "common");
    if (number % 5 === 0) await client.lpop(`list:${number}`);
  }
}

async function verified(regions: readonly FaultyRegion[]): Promise<string> {
  const { code, stdout, stderr } = await meridian(
    "verify",
    ...regions.flatMap(({ agent }) => ["--admin", agent.admin]),
  );
  if (code !== 0) throw new Error(stdout + stderr);
  return stdout;
}

test("nodes that disagree for ever: after cuts in which all wrote the same keys, every region shows the same", async ({
  skip,
}) => {
  const deployment = await deploy();
  if (deployment === undefined) return skip();
  const clients = deployment.regions.map((region) => region.client());
  for (const [round, [a, b]] of (
    [
      ["us", "eu"],
      ["eu", "ap"],
      ["us", "ap"],
    ] as const
  ).entries()) {
    deployment.cut(a, b);
    await Promise.all(clients.map((client, at) => writeAll(client, `${round}-${NAMES[at]}`)));
    deployment.mend(a, b);
    await deployment.linksUp();
  }
  const content = await deployment.agreed();
  for (let number = 0; number < 10; number++) expect(content.get(`counter:${number}`)).toBe(String(3 * 3 * 3));
  expect(await verified(deployment.regions)).toContain("equal");
});

test("deleted keys return when a node comes back: they do not, whatever that node still has", async ({ skip }) => {
  const deployment = await deploy();
  if (deployment === undefined) return skip();
  const [us, ap] = [deployment.get("us"), deployment.get("ap")];
  const client = us.client();
  const keys = Array.from({ length: 50 }, (_, number) => `key:${number}`);
  for (const key of keys) await client.set(key, "1");
  await client.sadd("set", ...keys);
  await client.set("short", "1", "PX", 1500);
  await deployment.agreed();

  await ap.killAgent();
  await ap.server.kill9();
  await client.del(...keys.slice(0, 25));
  await client.srem("set", ...keys.slice(0, 25));
  await waitFor(async () => (await client.exists("short")) === 0, { what: "a deadline to pass" });
  await ap.server.restart();
  await ap.startAgent();
  await deployment.linksUp();

  // What ap writes when it is back is upon what it still has.
  const back = ap.client();
  await waitFor(async () => (await back.set("back", "1")) === "OK", { what: "ap to take writes" });
  const content = await deployment.agreed();
  expect(keys.filter((key) => content.has(key))).toEqual(keys.slice(25));
  expect(content.get("set")).toEqual(keys.slice(25).toSorted());
  expect(content.has("short")).toBe(false);
  expect(content.get("back")).toBe("1");
});

test("counters that are short after a restart: each acknowledged increment that reached a region counts", async ({
  skip,
}) => {
  const deployment = await deploy();
  if (deployment === undefined) return skip();
  let sum = 0;
  for (const victim of NAMES) {
    for (const region of deployment.regions) {
      const client = region.client();
      for (let number = 1; number <= 50; number++) {
        await client.incrby("counter", number);
        await client.hincrby("hash", "field", number);
        sum += number;
      }
      // Counts regions: the last write, and so all before it, is in both others.
      expect(await client.wait(2, 20_000)).toBe(2);
    }
    const { server } = deployment.get(victim);
    await server.kill9();
    await server.restart();
    await deployment.linksUp();
  }
  const content = await deployment.agreed();
  expect(content.get("counter")).toBe(String(sum));
  expect(content.get("hash")).toEqual([["field", String(sum)]]);
});

test("a short cut costs a full reload: it costs what was written during the cut", async ({ skip }) => {
  const deployment = await deploy();
  if (deployment === undefined) return skip();
  const [us, eu] = [deployment.get("us"), deployment.get("eu")];
  const client = us.client();
  for (let at = 0; at < KEYS; at += 500) {
    const pipeline = client.pipeline();
    for (let number = at; number < at + 500; number++) pipeline.set(`key:${number}`, `${number} ${"x".repeat(100)}`);
    await pipeline.exec();
  }
  await client.wait(2, 60_000);
  const before = await received(eu);
  deployment.cut("us", "eu");
  deployment.cut("us", "ap");
  for (let number = 0; number < WRITTEN_IN_CUT; number++) await client.set(`key:${number}`, "changed");
  deployment.mendAll();
  await deployment.linksUp();
  expect(await client.wait(2, 60_000)).toBe(2);
  const after = await received(eu);
  // One write is one entry; what was on its way when the line was cut comes twice.
  expect(after.entries - before.entries).toBeLessThanOrEqual(WRITTEN_IN_CUT * 2);
  expect(after.entries - before.entries).toBeGreaterThan(0);
  expect(after.bytes - before.bytes).toBeLessThan(before.bytes / 10);
  await deployment.agreed();
});

/** By all of its links: what came, and what of that was on the wire. */
async function received({ agent, name }: FaultyRegion): Promise<{ entries: number; bytes: number }> {
  const { links } = await agent.status();
  const incoming = links.filter(({ to }) => to === name);
  return {
    entries: incoming.reduce((sum, { operationsTotal }) => sum + operationsTotal, 0),
    bytes: incoming.reduce((sum, { wireBytesTotal }) => sum + wireBytesTotal, 0),
  };
}
