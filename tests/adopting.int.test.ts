/** A Redis full of plain keys becomes the first region of a deployment, while clients write; the other region gets all of it. */
import { freePorts, waitFor } from "@meridian/testkit";
import { afterEach, beforeAll, expect, test } from "vitest";
import { isBuilt, meridian } from "./local-start.js";
import { newServer, runAgent, stopAgents } from "./running-agent.js";

beforeAll(() => {
  if (!isBuilt) throw new Error("this test runs what was built: npm run build");
});
afterEach(stopAgents);

const KEYS = 20_000;

test("an agent adopts what its server holds, clients go on at once, and the other region converges", async () => {
  const links = await freePorts(2);
  const [usServer, euServer] = [await newServer(), await newServer()];
  const plain = usServer.client();
  const pipeline = plain.pipeline();
  for (let at = 0; at < KEYS; at++) pipeline.set(`key:${at}`, at);
  for (let at = 0; at < 100; at++) pipeline.hset(`hash:${at}`, { f: 1, g: at }).rpush(`list:${at}`, "a", "b");
  pipeline.sadd("large", ...Array.from({ length: 5000 }, (_, at) => at));
  pipeline.xadd("stream", "1-1", "f", "v").xgroup("CREATE", "stream", "group", "0");
  await pipeline.exec();

  await expect(runAgent("us", links, usServer)).rejects.toThrow(/holds keys that were not written through Meridian/);
  const eu = await runAgent("eu", links, euServer);
  const us = await runAgent("us", links, usServer, "", ", adopt: true");
  expect(await us.gateway.incr("key:41")).toBe(42);
  expect(await us.gateway.srem("large", "7")).toBe(1);
  expect(await us.gateway.get("key:1")).toBe("1");
  await eu.gateway.set("theirs", "1");
  await waitFor(async () => (await eu.gateway.get("key:19999")) === "19999", { what: "the state", timeoutMs: 60_000 });
  await waitFor(async () => (await us.gateway.get("theirs")) === "1", { what: "their write" });
  await eu.gateway.incr("key:41");
  await waitFor(async () => (await us.gateway.get("key:41")) === "43", { what: "their increment" });
  expect(await eu.gateway.scard("large")).toBe(4999);

  const verified = await meridian("verify", "--admin", us.admin, "--admin", eu.admin);
  expect(verified.stdout).toContain(`equal: ${KEYS + 203} keys in 2 regions`);
  expect(us.log()).toContain("the keys of the server are adopted");
}, 120_000);
