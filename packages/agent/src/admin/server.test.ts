/** The admin API over real HTTP on a free port, with a source made up for the test. */
import { request } from "node:http";
import { afterEach, expect, test } from "vitest";
import { AgentError } from "../errors.js";
import { agentLimits } from "../limits.js";
import { someStatus } from "../test-support/documents.js";
import type { LinksRequest } from "./documents.js";
import { LinkError } from "../link/errors.js";
import { startAdmin, type Admin, type AdminSource } from "./server.js";

let admin: Admin | undefined;
const faults: unknown[] = [];

afterEach(async () => {
  await admin?.stop();
  admin = undefined;
  faults.length = 0;
});

const NO_REGIONS = { region: "us", epoch: 0, closed: null, regions: [], change: null, unaware: [], settled: true };

async function serve(changes: Partial<AdminSource> = {}): Promise<string> {
  const source: AdminSource = {
    status: () => Promise.resolve(someStatus()),
    inspect: (key) => Promise.resolve({ key: key.toString("latin1"), regions: [] }),
    bandwidth: {
      list: () => Promise.resolve({ links: [] }),
      limit: ({ bandwidth }) => Promise.resolve({ links: [{ from: "us", to: "eu", bandwidth }] }),
    },
    conflicts: ({ key, limit }) => {
      const counts = { us: { string: limit } };
      return Promise.resolve({ counts, conflicts: [], problems: [], whole: key === undefined });
    },
    regions: { list: () => Promise.resolve(NO_REGIONS), change: () => Promise.resolve(NO_REGIONS) },
    subscribeConflicts: () => () => undefined,
    doctor: () => Promise.resolve({ regions: [] }),
    mode: () => Promise.resolve({ regions: [] }),
    verify: ({ region }) => Promise.resolve({ vector: { [region]: 1 } }),
    ...changes,
  };
  admin = await startAdmin({ listen: { host: "127.0.0.1", port: 0 }, source, onFault: (error) => faults.push(error) });
  return `http://127.0.0.1:${admin.port}`;
}

async function refusal(response: Promise<Response>): Promise<[number, string]> {
  const answered = await response;
  const { error } = (await answered.json()) as { error: { code: string } };
  return [answered.status, error.code];
}

function withLinks(): { links: NonNullable<AdminSource["links"]>; asked: LinksRequest[] } {
  const asked: LinksRequest[] = [];
  const set = (wanted: LinksRequest) => {
    asked.push(wanted);
    if (wanted.a === "mars") throw new AgentError("MERIDIAN_UNKNOWNLINK", { region: "mars", regions: "us, eu" });
    return { links: [] };
  };
  return { links: { list: () => ({ links: [] }), set }, asked };
}

function post(url: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  const type = { "content-type": "application/json" };
  return fetch(`${url}/api/links`, { method: "POST", body, headers: { ...type, ...headers } });
}

test("gives the status as JSON, metrics as text, health as a word", async () => {
  const url = await serve();
  expect(await (await fetch(`${url}/api/status`)).json()).toEqual(someStatus());
  const metrics = await fetch(`${url}/metrics`);
  expect(metrics.headers.get("content-type")).toContain("version=0.0.4");
  expect(await metrics.text()).toContain('meridian_link_round_trip_seconds{from="us",to="eu"} 0.08\n');
  expect(await (await fetch(`${url}/healthz`)).text()).toBe("ok\n");
  expect(await (await fetch(url)).json()).toHaveProperty("GET /api/status");
});

test("an unknown path and a wrong method are answered with what there is", async () => {
  const url = await serve();
  expect(await refusal(fetch(`${url}/nope`))).toEqual([404, "MERIDIAN_NOSUCHPATH"]);
  expect(await refusal(fetch(`${url}/api/status`, { method: "POST" }))).toEqual([405, "MERIDIAN_BADMETHOD"]);
  expect((await fetch(`${url}/api/status`, { method: "DELETE" })).headers.get("allow")).toBe("GET");
});

test("a key is text or any bytes", async () => {
  const url = await serve();
  const key = async (query: string) => (await (await fetch(`${url}/api/inspect?${query}`)).json()) as { key: string };
  expect((await key("key=a%20b")).key).toBe("a b");
  expect((await key(`keyBase64=${Buffer.from([0xff, 0]).toString("base64url")}`)).key).toBe("\u00ff\0");
  expect(await refusal(fetch(`${url}/api/inspect`))).toEqual([400, "MERIDIAN_BADREQUEST"]);
  expect(await refusal(fetch(`${url}/api/inspect?keyBase64=***`))).toEqual([400, "MERIDIAN_BADREQUEST"]);
});

test("a limit of bandwidth is a rate or none, for links by their names", async () => {
  const url = await serve();
  const limit = (body: unknown) =>
    fetch(`${url}/api/bandwidth`, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    });
  expect(await (await limit({ bandwidth: "10Mbit", a: "us" })).json()).toEqual({
    links: [{ from: "us", to: "eu", bandwidth: "10Mbit" }],
  });
  expect((await limit({ bandwidth: null })).status).toBe(200);
  for (const body of [{}, { bandwidth: "10MB" }, { bandwidth: 10 }, { bandwidth: null, b: "us" }]) {
    expect(await refusal(limit(body))).toEqual([400, "MERIDIAN_BADREQUEST"]);
  }
});

test("conflicts are those of a key or all, up to a limit", async () => {
  const url = await serve();
  const conflicts = async (query: string): Promise<unknown> => (await fetch(`${url}/api/conflicts${query}`)).json();
  const empty = { conflicts: [], problems: [] };
  expect(await conflicts("")).toEqual({ ...empty, counts: { us: { string: 100 } }, whole: true });
  expect(await conflicts("?key=&limit=1000")).toEqual({ ...empty, counts: { us: { string: 1000 } }, whole: false });
  expect(await conflicts("?keyBase64=_w&limit=1")).toMatchObject({ whole: false });
  for (const query of ["limit=0", "limit=1001", "limit=-1", "limit=1.5", "limit=", "key=a&keyBase64=YQ"]) {
    expect(await refusal(fetch(`${url}/api/conflicts?${query}`)), query).toEqual([400, "MERIDIAN_BADREQUEST"]);
  }
});

test("links are cut as asked", async () => {
  const { links, asked } = withLinks();
  const url = await serve({ links });
  expect((await post(url, '{"up":false,"a":"us","b":"eu"}')).status).toBe(200);
  expect(asked).toEqual([{ up: false, a: "us", b: "eu" }]);
});

test.each([
  ["no JSON", "{", {}],
  ["an array", "[]", {}],
  ["up is missing", "{}", {}],
  ["up is a text", '{"up":"no"}', {}],
  ["a key too many", '{"up":true,"c":1}', {}],
  ["b without a", '{"up":true,"b":"us"}', {}],
  ["not declared as JSON", '{"up":true}', { "content-type": "text/plain" }],
])("a bad request changes nothing: %s", async (_name, body, headers) => {
  const { links, asked } = withLinks();
  const url = await serve({ links });
  expect(await refusal(post(url, body, headers))).toEqual([400, "MERIDIAN_BADREQUEST"]);
  expect(asked).toEqual([]);
});

test("an unknown region and a body without end are refused", async () => {
  const { links } = withLinks();
  const url = await serve({ links });
  expect(await refusal(post(url, '{"up":false,"a":"mars"}'))).toEqual([400, "MERIDIAN_UNKNOWNLINK"]);
  const long = `{"up":true,"a":"${"x".repeat(agentLimits.adminBodyBytesMax)}"}`;
  expect(await refusal(post(url, long))).toEqual([413, "MERIDIAN_TOOLARGE"]);
});

test("an agent of a real deployment has no links to cut", async () => {
  const url = await serve();
  expect(await refusal(post(url, '{"up":false}'))).toEqual([404, "MERIDIAN_LOCALONLY"]);
});

test("requests that another site's page could send are refused", async () => {
  const { links, asked } = withLinks();
  const url = await serve({ links });
  expect(await refusal(post(url, '{"up":false}', { origin: "http://evil.example" }))).toEqual([
    403,
    "MERIDIAN_CROSSSITE",
  ]);
  expect((await post(url, '{"up":false}', { origin: url })).status).toBe(200);
  expect(asked).toEqual([{ up: false }]);
  const rebound = await new Promise<number>((resolve, reject) => {
    const headers = { host: "evil.example" };
    request(`${url}/api/status`, { headers }, (response) => resolve(response.statusCode ?? 0))
      .on("error", reject)
      .end();
  });
  expect(rebound).toBe(403);
});

test("a fault of ours is a 500 that names it, and is reported", async () => {
  const url = await serve({ status: () => Promise.reject(new Error("boom")) });
  expect(await refusal(fetch(`${url}/api/status`))).toEqual([500, "MERIDIAN_INTERNAL"]);
  expect(faults).toHaveLength(1);
});

test("another region's agent that is not reached, or refuses, is no fault of ours", async () => {
  const refused = new LinkError("LINK_CLOSED", { reason: "it is away" });
  const url = await serve({ status: () => Promise.reject(refused) });
  expect(await refusal(fetch(`${url}/api/status`))).toEqual([503, "LINK_CLOSED"]);
  expect(faults).toHaveLength(0);
});

test("a port in use is named", async () => {
  const url = await serve();
  const port = Number(new URL(url).port);
  const source: AdminSource = {
    status: () => Promise.resolve(someStatus()),
    inspect: () => Promise.reject(new Error()),
    bandwidth: { list: () => Promise.reject(new Error()), limit: () => Promise.reject(new Error()) },
    conflicts: () => Promise.reject(new Error()),
    subscribeConflicts: () => () => undefined,
    regions: { list: () => Promise.reject(new Error()), change: () => Promise.reject(new Error()) },
    doctor: () => Promise.reject(new Error()),
    mode: () => Promise.reject(new Error()),
    verify: () => Promise.reject(new Error()),
  };
  const second = startAdmin({ listen: { host: "127.0.0.1", port }, source, onFault: () => undefined });
  await expect(second).rejects.toMatchObject({ code: "MERIDIAN_PORTINUSE" });
});
