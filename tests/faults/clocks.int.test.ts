/** A server's clock that leaps by an hour, and back: no write fails, none is lost, and the alarm names whose clock it is. */
import { waitFor } from "@meridian/testkit";
import type { Redis } from "ioredis";
import { afterEach, beforeAll, expect, onTestFinished, test } from "vitest";
import { isBuilt } from "../local-start.js";
import { BadMachine } from "../preload/bad-machine.js";
import { Deployment, type FaultyRegion } from "./deployment.js";

const HOUR_MS = 3_600_000;
let running: Deployment | undefined;

beforeAll(() => {
  if (!isBuilt) throw new Error("this test runs what was built: npm run build");
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

/** Two regions, one of them on a machine whose clock can be set. */
async function deploy(): Promise<{ machine: BadMachine; us: FaultyRegion; eu: FaultyRegion } | undefined> {
  const machine = BadMachine.build();
  if (machine === undefined) return undefined;
  onTestFinished(() => machine.remove());
  const server = await machine.server();
  if (server === undefined) return undefined;
  onTestFinished(() => server.stop());
  running = await Deployment.start(["us", "eu"], { servers: { us: server } });
  if (running === undefined) return undefined;
  await running.linksUp();
  return { machine, us: running.get("us"), eu: running.get("eu") };
}

async function raises({ agent }: FaultyRegion, code: string): Promise<string> {
  return waitFor(
    async () => {
      const { regions } = await agent.status();
      return regions[0]?.alarms.find((alarm) => alarm.code === code)?.message;
    },
    { what: `the alarm ${code}`, timeoutMs: 20_000 },
  );
}

async function shows(client: Redis, key: string, value: string): Promise<void> {
  await waitFor(async () => (await client.get(key)) === value, { what: `${key} to be ${value}`, timeoutMs: 20_000 });
}

test("an hour ahead: its writes wait elsewhere with an alarm, hold up nobody else, and are not lost", async ({
  skip,
}) => {
  const deployed = await deploy();
  if (deployed === undefined) return skip();
  const { machine, us, eu } = deployed;
  const [usClient, euClient] = [us.client(), eu.client()];
  await usClient.set("before", "1");
  await shows(euClient, "before", "1");
  machine.setClock(HOUR_MS);
  await usClient.set("ahead", "1");
  await usClient.incr("counter");
  expect(await raises(eu, "REPLICA_CLOCK_AHEAD")).toContain("us");
  expect(await raises(eu, "REPLICA_CLOCK_SKEW")).toContain("us");
  // Nobody else is held up, and no clock is dragged along.
  await euClient.incr("counter");
  await euClient.set("of eu", "1");
  await shows(usClient, "of eu", "1");
  const stampMs = Number(((await eu.native().xinfo("STREAM", await ownLog(eu))) as string[])[7]?.split("-")[0]);
  expect(stampMs).toBeLessThan(Date.now() + 60_000);

  // What was stamped ahead is waited for also when the clock is right again, as is all that was written upon it.
  machine.setClock(0);
  await usClient.set("right again", "1");
  expect(await usClient.get("ahead")).toBe("1");
  expect(await euClient.exists("ahead", "right again")).toBe(0);
}, 90_000);

test("an hour back: its stamps go on from where they were; what others write waits here until it is right again", async ({
  skip,
}) => {
  const deployed = await deploy();
  if (deployed === undefined) return skip();
  const { machine, us, eu } = deployed;
  const [usClient, euClient] = [us.client(), eu.client()];
  await usClient.set("register", "before");
  await usClient.set("short", "1", "EX", 1000);
  await shows(euClient, "short", "1");
  machine.setClock(-HOUR_MS);
  await usClient.set("register", "after");
  await usClient.incr("counter");
  await shows(euClient, "register", "after");
  await euClient.set("register", "eu, later");
  await euClient.incr("counter");
  expect(await raises(us, "REPLICA_CLOCK_AHEAD")).toContain("eu");
  expect(await raises(us, "REPLICA_CLOCK_SKEW")).toContain("eu");
  expect(await usClient.get("register")).toBe("after");
  expect(await usClient.get("short"), "no deadline passes early").toBe("1");
  machine.setClock(0);
  await shows(usClient, "register", "eu, later");
  await usClient.incr("counter");
  await shows(euClient, "counter", "3");
  await running?.agreed();
}, 90_000);

/** The log that the region writes now. */
async function ownLog({ agent }: FaultyRegion): Promise<string> {
  const { regions } = await agent.status();
  return `mer:{0}:log:${regions[0]?.origin}`;
}
