/** The console of real agents: who may use it, what it allows, and that one agent shows the regions of others that it knows. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ConsoleDocument, KeyDocument, KeysDocument, SessionDocument, StatusDocument } from "@meridian/agent/api";
import { freePorts, waitFor } from "@meridian/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { base64, ConsoleCalls } from "./console-calls.js";
import { isBuilt, newFolder } from "./local-start.js";
import { configOf, connectedTo, newServer, runConfigured, stopAgents } from "./running-agent.js";

const TOKEN = "0123456789abcdef0123456789abcdef";
/** By region: of us with the token, of eu by its server's users. */
let us: string;
let eu: string;

beforeAll(async () => {
  if (!isBuilt) throw new Error("this test runs what was built: npm run build");
  const file = join(newFolder(), "token");
  writeFileSync(file, `${TOKEN}\n`);
  const [usLink = 0, euLink = 0, ...ports] = await freePorts(6);
  const [usGateway = 0, usAdmin = 0, euGateway = 0, euAdmin = 0] = ports;
  const servers = [await newServer(), await newServer()];
  const begin = async (region: string, gateway: number, admin: number, settings: string): Promise<string> => {
    const url = servers[region === "us" ? 0 : 1]?.url ?? "";
    const config = configOf(region, [usLink, euLink], { gateway, admin }, url);
    return (await runConfigured(region, { gateway, admin }, config.replace(/^admin: .*$/m, settings))).admin;
  };
  const more = `tokenFile: "${file}"`;
  const peers = `peers: { eu: "http://127.0.0.1:${euAdmin}" }`;
  const usSettings = `admin: { port: ${usAdmin}, ${more}, console: { actions: true, ${peers} } }`;
  const euSettings = `admin: { port: ${euAdmin}, ${more} }`;
  [us, eu] = await Promise.all([
    begin("us", usGateway, usAdmin, usSettings),
    begin("eu", euGateway, euAdmin, euSettings),
  ]);
});
afterAll(stopAgents);

const withToken = (address: string): ConsoleCalls => new ConsoleCalls(address, { authorization: `Bearer ${TOKEN}` });

test("nothing is told without a sign-in but that there is one", async () => {
  const stranger = new ConsoleCalls(us);
  const { document } = await stranger.get<ConsoleDocument>("/api/console");
  expect(document).toMatchObject({ kind: "agent", signIn: "token", signedIn: false });
  for (const path of ["/api/status", "/api/health", "/api/events", "/api/conflicts", "/api/nothing"]) {
    expect((await stranger.get(path)).status, path).toBe(401);
  }
  const command = { page: "p", region: "us", line: "GET k" };
  expect(await stranger.refused("/api/commands", command)).toBe("MERIDIAN_SIGNIN");
  expect(await stranger.refused("/api/ask", { kind: "status" })).toBe("MERIDIAN_SIGNIN");
  expect((await fetch(`${us}/metrics`)).status).toBe(200);
});

test("a session is a cookie that ends", async () => {
  const { document, headers } = await new ConsoleCalls(us).post<SessionDocument>("/api/session", { token: TOKEN });
  expect(document).toEqual({ signedIn: true });
  const cookie = headers.get("set-cookie") ?? "";
  expect(cookie).toMatch(/HttpOnly; SameSite=Strict/);
  const page = new ConsoleCalls(us, { cookie: cookie.split(";", 1)[0] ?? "" });
  expect((await page.get<ConsoleDocument>("/api/console")).document.signedIn).toBe(true);
  await page.post("/api/session", { end: true });
  expect((await page.get("/api/status")).status).toBe(401);
  expect(await new ConsoleCalls(us).refused("/api/session", { token: "wrong" })).toBe("MERIDIAN_BADSIGNIN");
});

test("by ACL an administrator of the server signs in, and acts as that user", async () => {
  const server = await newServer();
  const admin = connectedTo({ port: server.port });
  await admin.call("ACL", "SETUSER", "ops", "on", ">secret", "~*", "&*", "+@all", "-flushall");
  await admin.call("ACL", "SETUSER", "app", "on", ">secret", "~*", "&*", "+@all", "-acl");
  const [link = 0, gatewayPort = 0, adminPort = 0] = await freePorts(3);
  const config = configOf("us", [link, link], { gateway: gatewayPort, admin: adminPort }, server.url);
  const settings = `admin: { port: ${adminPort}, signIn: acl, console: { actions: true } }`;
  const agent = await runConfigured(
    "us",
    { gateway: gatewayPort, admin: adminPort },
    config.replace(/^admin: .*$/m, settings),
  );
  const calls = new ConsoleCalls(agent.admin);
  const app = { username: "app", password: "secret" };
  expect(await calls.refused("/api/session", app)).toBe("MERIDIAN_NOADMINISTRATOR");
  expect(await calls.refused("/api/session", { ...app, password: "guess" })).toBe("MERIDIAN_BADSIGNIN");
  const { headers } = await calls.post("/api/session", { username: "ops", password: "secret" });
  const ops = new ConsoleCalls(agent.admin, { cookie: headers.get("set-cookie")?.split(";", 1)[0] ?? "" });
  expect((await ops.get<ConsoleDocument>("/api/console")).document.user).toBe("ops");
  expect(await ops.run("us", "ACL WHOAMI")).toMatchObject({ type: "bulk", value: "ops" });
  expect(await ops.run("us", "FLUSHALL")).toMatchObject({ type: "error" });
});

test("shows the other region through its agent, which allows no more than it says", async () => {
  const calls = withToken(us);
  const { document } = await calls.get<ConsoleDocument>("/api/console");
  expect(document.actions).toEqual({ commands: true, restore: true, links: false, servers: false });
  expect(document.regions).toEqual([
    { region: "us", reach: "own" },
    { region: "eu", reach: "peer" },
  ]);
  expect(await calls.run("us", "SET seen here")).toEqual({ type: "text", value: "OK" });
  const isThere = async (): Promise<boolean> => {
    const { document: key } = await calls.post<KeyDocument>("/api/key", { keyBase64: base64("seen") });
    return key.regions.every(({ value }) => value?.content === "here") && key.differences.length === 0;
  };
  await waitFor(isThere, { what: "both regions to show the key" });
  const { document: keys } = await calls.post<KeysDocument>("/api/keys", { region: "eu", cursor: "0", count: 10 });
  expect(keys.keys.map(({ key }) => key)).toEqual(["seen"]);
  const status = await calls.event<StatusDocument>("/api/events", undefined, (name) => name === "status");
  expect(status.regions.map(({ region, state }) => `${region} ${state}`)).toEqual(["us up", "eu up"]);
  expect(status.links.map(({ from, to, seenBy }) => `${from}-${to} ${seenBy}`).toSorted()).toEqual([
    "eu-us both",
    "us-eu both",
  ]);
  const command = { page: "p", region: "eu", line: "SET seen there" };
  const { status: code, document: refused } = await calls.post<object>("/api/commands", command);
  expect(code).toBe(502);
  expect(JSON.stringify(refused)).toContain("MERIDIAN_READONLY");
  expect(await withToken(eu).refused("/api/commands", command)).toBe("MERIDIAN_READONLY");
  expect(await calls.refused("/api/servers", { region: "us", action: "kill" })).toBe("MERIDIAN_LOCALONLY");
});
