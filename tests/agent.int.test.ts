/** `meridian agent --config`: two regions as a deployment runs them, each attached to a server of its own. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { once } from "node:events";
import type { ErrorDocument, InspectDocument } from "@meridian/agent/api";
import { freePorts, waitFor } from "@meridian/testkit";
import { afterEach, beforeAll, expect, test } from "vitest";
import { isBuilt, meridian, newFolder } from "./local-start.js";
import { configOf, newServer, runAgent, stopAgents } from "./running-agent.js";

beforeAll(() => {
  if (!isBuilt) throw new Error("this test runs what was built: npm run build");
});
afterEach(stopAgents);

test("two agents replicate, say how they are, and stop when told", async () => {
  const links = await freePorts(2);
  const [usServer, euServer] = [await newServer(), await newServer()];
  const us = await runAgent("us", links, usServer);
  const eu = await runAgent("eu", links, euServer);
  await us.gateway.set("k", "v");
  await waitFor(async () => (await eu.gateway.get("k")) === "v", { what: "the write to arrive" });

  const status = await eu.status();
  expect(status).toMatchObject({ format: 1, kind: "agent" });
  expect(status.regions.map(({ region, state }) => [region, state])).toEqual([["eu", "up"]]);
  expect(status.links.map(({ from, to, seenBy }) => `${from}-${to} ${seenBy}`)).toEqual([
    "eu-us sender",
    "us-eu receiver",
  ]);
  const inspected = (await (await fetch(`${eu.admin}/api/inspect?key=k`)).json()) as InspectDocument;
  expect(inspected.regions).toMatchObject([{ region: "eu", type: "string", value: { content: "v" } }]);
  expect(await (await fetch(`${us.admin}/metrics`)).text()).toContain('meridian_server_up{region="us"} 1');

  const headers = { "content-type": "application/json" };
  const cut = await fetch(`${us.admin}/api/links`, { method: "POST", body: '{"up":false}', headers });
  expect(cut.status).toBe(404);
  expect(((await cut.json()) as ErrorDocument).error.code).toBe("MERIDIAN_LOCALONLY");

  us.child.kill("SIGTERM");
  const [code] = (await once(us.child, "exit")) as [number | null];
  expect(code).toBe(0);
  expect(us.log()).toContain("stopped");
}, 60_000);

test("an agent stays while its server is away, says so, and goes on when it is back", async () => {
  const links = await freePorts(2);
  const owned = await newServer();
  const us = await runAgent("us", links, owned);
  await us.gateway.set("k", "1");
  await owned.kill9();
  const state = async (): Promise<string | undefined> => (await us.status()).regions[0]?.state;
  await waitFor(async () => (await state()) === "server-down", { what: "the agent to notice" });
  await owned.restart();
  await waitFor(async () => (await state()) === "up", { what: "the agent to be up again" });
  await waitFor(async () => (await us.gateway.set("k", "2")) === "OK", { what: "a write" });
}, 60_000);

test("a configuration that names an unknown region is refused, by line", async () => {
  const file = join(newFolder(), "meridian.yaml");
  writeFileSync(file, configOf("mars", [1, 2], { gateway: 1, admin: 2 }, "redis://127.0.0.1:1"));
  const { code, stderr } = await meridian("agent", "--config", file);
  expect(code).toBe(1);
  expect(stderr).toBe(`meridian: ${file}:1: region is "mars"; give one of the regions listed: us, eu\n`);
});
