/** meridian.yaml: what is accepted, and what an error says. */
import { expect, test } from "vitest";
import { AgentError } from "../errors.js";
import { environmentOverrides } from "./environment.js";
import { loadConfig, parseConfig } from "./load.js";

const GOOD = `region: us
regions:
  - name: us
    link: 10.0.0.1:7301
  - name: eu
    link: 10.1.0.1:7301
server:
  url: redis://10.0.0.9:6379
link: { host: 0.0.0.0, port: 7301 }
`;

function refused(text: string, environment: NodeJS.ProcessEnv = {}): string {
  try {
    parseConfig(text, "meridian.yaml", environment);
  } catch (error) {
    expect(error).toBeInstanceOf(AgentError);
    return (error as Error).message;
  }
  throw new Error("it was accepted");
}

test("the least configuration, with the defaults", () => {
  expect(parseConfig(GOOD, "meridian.yaml")).toEqual({
    region: "us",
    regions: [
      { name: "us", link: "10.0.0.1:7301" },
      { name: "eu", link: "10.1.0.1:7301" },
    ],
    server: { url: "redis://10.0.0.9:6379" },
    link: { host: "0.0.0.0", port: 7301 },
    gateway: { host: "127.0.0.1", port: 6380 },
    admin: { host: "127.0.0.1", port: 7300, signIn: "none" },
  });
});

test("a server to be started instead", () => {
  const text = GOOD.replace("url: redis://10.0.0.9:6379", "port: 6379\n  dataDir: /var/lib/meridian");
  expect(parseConfig(text, "x").server).toEqual({ port: 6379, dataDir: "/var/lib/meridian" });
});

test("Sentinels, and what only they need", () => {
  const url = "sentinel://u:secret@10.0.0.9,10.0.0.10:7000/cache";
  const more = (text: string): string => GOOD.replace("url: redis://10.0.0.9:6379", text);
  const environment = { MERIDIAN_SERVER_SENTINEL_PASSWORD: "other" };
  const { server } = parseConfig(more(`url: ${url}\n  tls: true`), "x", environment);
  expect(server).toEqual({ url, tls: true, sentinelPassword: "other" });
  expect(refused(more("url: redis://10.0.0.9,10.0.0.10\n  sentinelTls: true"))).toBe(
    "meridian.yaml:9: server.sentinelTls is true; give this only with sentinel://",
  );
});

test("takes a cluster, whose partitions are slots", () => {
  const more = (text: string): string => GOOD.replace("server:\n  url: redis://10.0.0.9:6379", text);
  const url = "cluster://u:secret@10.0.0.9,10.0.0.10:7000";
  const config = parseConfig(more(`partitions: slots\nserver:\n  url: ${url}`), "x", {});
  expect([config.partitions, config.server]).toEqual(["slots", { url }]);
  expect(refused(more(`partitions: whole\nserver:\n  url: ${url}`))).toContain(
    'partitions is "whole"; give slots, as the server is a cluster',
  );
  expect(refused(GOOD, { MERIDIAN_PARTITIONS: "few" })).toBe(
    'MERIDIAN_PARTITIONS: partitions is "few"; give whole or slots',
  );
});

test("an unknown region is named, with its line and those there are", () => {
  expect(refused(GOOD.replace("region: us", "region: mars"))).toBe(
    `meridian.yaml:1: region is "mars"; give one of the regions listed: us, eu`,
  );
});

test("a setting that is not known is refused by name", () => {
  expect(refused(`${GOOD}evction: yes\n`)).toContain("meridian.yaml:10: evction is no setting; remove it");
});

test.each([
  ["link: 10.1.0.1:7301", "link: 10.1.0.1", 'meridian.yaml:6: regions.1.link is "10.1.0.1"; give host:port'],
  ["port: 7301", "port: 99999", "meridian.yaml:9: link.port is 99999; give a port from 1 to 65535"],
  ["name: eu", "name: us", 'meridian.yaml:5: regions.1.name is "us"; give a name that is not there twice'],
  ["url: redis://10.0.0.9:6379", "url: http://x", 'meridian.yaml:8: server.url is "http://x"; give redis://'],
  ["link: { host: 0.0.0.0, port: 7301 }\n", "", "meridian.yaml: link is missing; give"],
  ["name: eu", "name: [eu", "meridian.yaml:6: "],
])("%s -> %s", (from, to, message) => {
  expect(refused(GOOD.replace(from, to))).toContain(message);
});

test("environment variables stand above the file, and are named in errors", () => {
  const config = parseConfig(GOOD, "x", { MERIDIAN_GATEWAY_PORT: "7001", MERIDIAN_SERVER_URL: "redis://secret@h:1" });
  expect(config.gateway).toEqual({ host: "127.0.0.1", port: 7001 });
  expect(config.server).toEqual({ url: "redis://secret@h:1" });
  expect(refused(GOOD, { MERIDIAN_LINK_PORT: "x" })).toBe('MERIDIAN_LINK_PORT: link.port is "x"; give a port number');
});

test("where TLS is, the plain port is only on demand", () => {
  const tls = "tls: { port: 6390, cert: c.pem, key: k.pem }";
  expect(parseConfig(`${GOOD}gateway: { ${tls} }\n`, "x").gateway.port).toBe(0);
  expect(parseConfig(`${GOOD}gateway: { ${tls}, port: 6380 }\n`, "x").gateway.port).toBe(6380);
  expect(parseConfig(`${GOOD}gateway: { unixSocket: { path: /run/x.sock } }\n`, "x").gateway.port).toBe(6380);
});

test("permissions are octal digits, quoted or not", () => {
  const read = (text: string) => {
    const file = `${GOOD}gateway: { unixSocket: { path: /run/x.sock, permissions: ${text} } }\n`;
    return parseConfig(file, "x").gateway.unixSocket?.permissions;
  };
  expect([read("770"), read("0770"), read('"770"')]).toEqual(["770", "770", "770"]);
});

test.each([
  ["tls: { port: 6390, cert: c.pem }", "gateway.tls.key is missing; give a file"],
  ["tls: { port: 0, cert: c, key: k }", "gateway.tls.port is 0; give a port from 1 to 65535"],
  [
    "tls: { port: 6390, cert: c, key: k, clientCertificates: required }",
    "gateway.tls.ca is missing; give the certificates that sign those of clients",
  ],
  [
    "tls: { port: 6390, cert: c, key: k, clientCertificates: yes }",
    'gateway.tls.clientCertificates is "yes"; give one of none, optional, required',
  ],
  ["unixSocket: { path: /x, permissions: 779 }", "permissions is 779; give octal permissions, such as 770"],
  [`unixSocket: { path: /${"x".repeat(103)} }`, "give a path of at most 103 bytes"],
  ["limits: { clientsMax: 0 }", "gateway.limits.clientsMax is 0; give a number of clients, at least 1"],
  ["limits: { commandBytesMax: 1000 }", "give a number of bytes, at least 1048576"],
  ["limits: { maxclients: 1 }", "gateway.limits.maxclients is no setting; remove it"],
  ["processes: 0", "gateway.processes is 0; give a number of processes, or cores"],
  ["processes: all", 'gateway.processes is "all"; give a number of processes, or cores'],
  ["drainMs: -1", "gateway.drainMs is -1; give a number of milliseconds, at least 0"],
])("gateway: { %s }", (setting, message) => {
  expect(refused(`${GOOD}gateway: { ${setting} }\n`)).toContain(message);
});

test.each([
  ["retention: { logBytesMax: 1000 }", "retention.logBytesMax is 1000; give a number of bytes, at least 1048576"],
  ["retention: { logBytesMax: 1GB }", 'retention.logBytesMax is "1GB"; give a number of bytes, at least 1048576'],
  ["stateSync: { bandwidth: 10 }", "stateSync.bandwidth is 10; give a bandwidth from 8kbit to 100Gbit"],
  ["traces: { endpoint: h }", "give http://host:port/v1/traces"],
  ["traces: { endpoint: 'http://h:1/v1/traces', sampleRate: 2 }", "traces.sampleRate is 2; give a part of all writes"],
  [
    "partitions: slots\ntraces: { endpoint: 'http://h:1/v1/traces' }",
    "give this only where all data are one partition",
  ],
  ["admin: { signIn: token }", "admin.tokenFile is missing; give a file with the token, for signIn: token"],
  ["admin: { signIn: acl, tokenFile: f }", 'admin.tokenFile is "f"; give this only with signIn: token'],
  ["admin: { host: 0.0.0.0, console: { actions: true } }", "give false, or signIn: token or acl"],
  ["admin: { signIn: acl, console: { peers: { eu: 'http://h:1' } } }", "give this with signIn: token"],
  ["admin: { console: { peers: { us: 'http://h:1' } } }", "give the other regions only"],
  ["admin: { console: { peers: { us: 'h:1' } } }", "give http://host:port or https://host:port"],
])("%s", (setting, message) => {
  expect(refused(`${GOOD}${setting}\n`)).toContain(message);
});

test("an error shows no password", () => {
  const message = refused(GOOD, { MERIDIAN_SERVER_URL: "http://user:secret@10.0.0.9" });
  expect(message).toContain("http://***@10.0.0.9");
  expect(message).not.toContain("secret");
});

test("each variable reaches its setting", () => {
  for (const [name, { path }] of Object.entries(environmentOverrides)) {
    if (name.startsWith("MERIDIAN_SERVER") && name !== "MERIDIAN_SERVER_URL") continue; // the other kind of server
    const special: Record<string, string> = {
      COMPRESSION: "off",
      BANDWIDTH: "2Mbit",
      MAX: "2000000",
      LEVEL: "warn",
      FORMAT: "json",
      URL: "redis://h:1",
      PARTITIONS: "slots",
      MODE: "active-active",
    };
    const text = /_(PORT|PROCESSES)$/.test(name) ? "12" : (special[name.split("_").at(-1) ?? ""] ?? "eu");
    const linkTls = GOOD.replace("7301 }", "7301, tls: { cert: c, key: k, ca: a } }");
    const file = path.includes("tls") ? `${linkTls}gateway: { tls: { port: 1, cert: c, key: k } }\n` : GOOD;
    const config: unknown = parseConfig(file, "x", { [name]: text });
    const value = path.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], config);
    expect(String(value), name).toBe(text);
  }
});

test("a file that is not there is named", async () => {
  await expect(loadConfig("/nowhere/meridian.yaml")).rejects.toMatchObject({ code: "MERIDIAN_NOCONFIG" });
});

test("server.adopt is true or false", () => {
  const wrong = GOOD.replace("server:\n", "server:\n  adopt: perhaps\n");
  expect(refused(wrong)).toContain('server.adopt is "perhaps"; give true or false');
});

const PASSIVE = `mode: active-passive\n${GOOD.replace("link: 10.1.0.1:7301", "link: 10.1.0.1:7301\n    server: 10.1.0.9:6379")}`;

test("places of servers may stay when the region has left active-passive", () => {
  expect(parseConfig(PASSIVE.replace("mode: active-passive\n", ""), "meridian.yaml").mode).toBeUndefined();
});

test("one region takes the writes: its settings, with the defaults", () => {
  const text = `${PASSIVE}activePassive: { primary: eu, reads: { stalenessMsMax: 2000 } }\n`;
  expect(parseConfig(text, "meridian.yaml")).toMatchObject({
    mode: "active-passive",
    regions: [{ name: "us" }, { name: "eu", server: "10.1.0.9:6379" }],
    activePassive: {
      primary: "eu",
      reads: { stalenessMsMax: 2000, otherwise: "primary" },
      failover: { lagBytesMax: 67_108_864, automatic: false },
    },
  });
});

test.each([
  [`mode: passive\n${GOOD}`, "active-active or active-passive"],
  [`${GOOD}activePassive: {}\n`, "activePassive is {"],
  [`mode: active-passive\n${GOOD}`, "regions.1.server is missing; give host:port where this region reaches"],
  [`${PASSIVE}activePassive: { primary: mars }\n`, "one of the regions listed: us, eu"],
  [
    `${PASSIVE}activePassive: { failover: { automatic: true } }\n`,
    "a majority without the primary takes three regions",
  ],
  [`${PASSIVE}activePassive: { reads: { stalenessMsMax: 100 } }\n`, "a number of milliseconds, at least 500"],
  [PASSIVE.replace("redis://10.0.0.9:6379", "redis://10.0.0.9,10.0.0.10"), "the address of one server"],
  [
    `${PASSIVE.replace("redis://10.0.0.9:6379", "sentinel://10.0.0.9/cache")}activePassive: { failover: { automatic: true } }\n`,
    "own replicas would count as a majority",
  ],
  [`${PASSIVE}partitions: slots\n`, 'partitions is "slots"; give this only with mode: active-active'],
  [`${PASSIVE}gateway: { processes: 2 }\n`, "this only with mode: active-active"],
])("%j is refused", (text, message) => {
  expect(refused(text)).toContain(message);
});
