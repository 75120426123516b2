/** WAIT and INFO as clients of a region's gateway have them, in three real regions whose links are cut and mended. */
import { waitFor } from "@meridian/testkit";
import { findServerBinary } from "@meridian/engine";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Gateway, startGateway } from "./gateway/index.js";
import { AgentRegionService } from "./region-service.js";
import { Regions } from "./replica/test-support/regions.js";

const native = await findServerBinary();
const skipped = native === undefined;
let all: Regions;
let service: AgentRegionService;
let gateway: Gateway;
let redis: Redis;

beforeAll(async () => {
  if (skipped) return console.warn("SKIPPED: no valkey-server or redis-server on the PATH");
  all = await Regions.start(["us", "eu", "ap"]);
  await all.linksUp();
  const { engine, replication } = all.get("us");
  const conflicts = { keys: 1, counts: { string: 2 } };
  service = new AgentRegionService({
    replication,
    stats: () => gateway.stats(),
    conflicts: async () => await Promise.resolve(conflicts),
  });
  const upstream = { host: engine.host, port: engine.port };
  gateway = await startGateway({
    listen: { host: "127.0.0.1", port: 0 },
    upstream,
    root: engine.root,
    region: service,
  });
  redis = new Redis(gateway.port);
}, 60_000);

afterAll(async () => {
  redis?.disconnect();
  await gateway?.stop();
  service?.stop();
  await all?.stop();
});

test.skipIf(skipped)(
  "WAIT counts the other regions that hold a write; who is cut off is counted when the link is mended",
  { timeout: 60_000 },
  async () => {
    for (let round = 0; round < 20; round++) {
      const replies = await redis.pipeline().set("k", round).incr("n").call("WAIT", "2", "0").get("k").exec();
      expect(replies?.map(([, reply]) => reply)).toEqual(["OK", round + 1, 2, String(round)]);
      for (const name of ["eu", "ap"]) expect(await all.get(name).engine.redis.get("n")).toBe(String(round + 1));
    }
    await all.cut("us", "eu");
    await redis.set("k", "cut");
    expect(await redis.call("WAIT", "1", "0")).toBe(1);
    expect(await redis.call("WAIT", "2", "100")).toBe(1);
    expect(await redis.call("WAIT", "0", "0")).toBe(1);
    const lines = redis.duplicate();
    const order: string[] = [];
    const waited = lines.call("WAIT", "2", "0").then((count) => order.push(`waited ${String(count)}`));
    const behind = lines.get("k").then((value) => order.push(`then ${value}`));
    await waitFor(() => gateway.stats().clientsWaiting === 1, { what: "a client that waits" });
    expect(await redis.get("k")).toBe("cut");
    expect(order).toEqual([]);
    all.mend("us", "eu");
    await Promise.all([waited, behind]);
    expect(order).toEqual(["waited 2", "then cut"]);
    lines.disconnect();
  },
);

test.skipIf(skipped)(
  "a client that goes while it waits is forgotten; one more region than there is never comes",
  async () => {
    const leaver = redis.duplicate();
    leaver.call("WAIT", "9", "0").catch(() => undefined); // its connection ends
    await waitFor(() => gateway.stats().clientsWaiting === 1, { what: "a client that waits" });
    leaver.disconnect();
    await waitFor(() => gateway.stats().clientsWaiting === 0, { what: "the client to be gone" });
    expect(await redis.call("WAIT", "9", "1")).toBe(2);
  },
);

test.skipIf(skipped)("the server says who may, and what is wrong; within a transaction nothing waits", async () => {
  const { engine } = all.get("us");
  await engine.redis.call("ACL", "SETUSER", "nowait", "on", ">secret", "~*", "+@all", "-wait");
  const user = new Redis(gateway.port, { username: "nowait", password: "secret" });
  await expect(user.call("WAIT", "1", "10")).rejects.toThrow(
    "NOPERM this user has no permissions to run the 'wait' command",
  );
  expect(await user.ping()).toBe("PONG");
  user.disconnect();
  for (const args of [["x", "0"], ["1", "x"], ["1", "-1"], ["1", "99999999999999999999"], ["1"], ["01", "0"]]) {
    const [ours, theirs] = await Promise.all(
      [redis, engine.redis].map((client) =>
        client.call("WAIT", ...args).catch((error: unknown) => (error as Error).message),
      ),
    );
    expect(ours, args.join(" ")).toBe(theirs);
    expect(ours).toMatch(/^ERR /);
  }
  await expect(redis.multi().set("k", "v").call("WAIT", "1", "0").exec()).rejects.toThrow(/^EXECABORT/);
  await expect(redis.call("WAITAOF", "0", "1", "0")).rejects.toThrow(/MERIDIAN_UNSUPPORTED 'WAITAOF'/);
});

test.skipIf(skipped)("INFO tells of region, links and conflicts", async () => {
  const text = await redis.info("meridian");
  const fields = new Map(text.split("\r\n").map((line) => line.split(":") as [string, string]));
  expect(fields.get("meridian_region")).toBe("us");
  expect(fields.get("meridian_origin")).toBe(all.get("us").replication.status().ownOrigin);
  expect(fields.get("meridian_gateway_clients")).toBe("1");
  expect(fields.get("meridian_link0")).toMatch(/^from=us,to=eu,state=up,lag_ms=\d+,backlog_entries=\d+$/);
  expect([...fields.keys()].filter((name) => /^meridian_link\d/.test(name)).length).toBe(4);
  expect(fields.get("meridian_conflicts_string")).toBe("2");
});
