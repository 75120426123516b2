/** What the commands print for people. */
import type { InspectDocument, InspectRegion, StatusDocument } from "@meridian/agent/api";
import { noStyle } from "./test-support/no-style.js";
import { expect, test } from "vitest";
import { inspectLines } from "./inspect-view.js";
import { lagLines, statusLines } from "./status-view.js";

function region(name: string, changes: Partial<InspectRegion> = {}): InspectRegion {
  return {
    region: name,
    problem: null,
    type: "string",
    ttlMs: -1,
    size: 5,
    value: { whole: true, content: "hello" },
    metadata: { region: name, nowMs: 7, string: { registers: [{ stamp: 1 }] } },
    ...changes,
  };
}

function shown(...regions: InspectRegion[]): string {
  const document: InspectDocument = { key: "k", regions };
  return inspectLines(document, noStyle).join("\n");
}

test("regions stand side by side; what is each region's own is left out", () => {
  const text = shown(region("us"), region("eu"));
  expect(text).toMatch(/^ +us +eu$/m);
  expect(text).toMatch(/^ {2}value +hello +hello$/m);
  expect(text).toMatch(/^ {2}string\.registers\.0\.stamp +1 +1$/m);
  expect(text).not.toContain("nowMs");
});

test("what differs is marked, what is missing shows as such, a problem is named", () => {
  const text = shown(
    region("us"),
    region("eu", { value: { whole: true, content: "world" } }),
    region("ap", { problem: "its agent is down", type: null, ttlMs: null, size: null, value: null, metadata: null }),
  );
  expect(text).toMatch(/^\* value +hello +world +-$/m);
  expect(text).toContain("ap: its agent is down");
});

test("fields, members, bytes that are no text, and long values", () => {
  const hash = region("us", { type: "hash", value: { whole: false, content: [["f", "1"]] } });
  expect(shown(hash)).toMatch(/value f +1$/m);
  expect(shown(hash)).toMatch(/\.\.\. +more$/m);
  const set = region("us", { type: "set", value: { whole: true, content: ["a", { base64: "/w==" }] } });
  expect(shown(set)).toContain("base64:/w==");
  const long = region("us", { value: { whole: true, content: `${"x".repeat(60)}\n` } });
  expect(shown(long)).toContain(`${"x".repeat(44)}...`);
});

test("status and lag of a start with a region away", () => {
  const status: StatusDocument = {
    format: 1,
    software: "0.1.0",
    atMs: 1,
    kind: "local",
    regions: [
      {
        region: "us",
        state: "agent-down",
        problem: "it ended",
        agents: [],
        server: null,
        gateway: null,
        linkCertificateUntilMs: null,
        origin: null,
        vector: {},
        logs: null,
        stateSync: null,
        slots: null,
        adoption: null,
        findings: [{ code: "EVICTION", severity: "warning", message: "it may evict" }],
        conflicts: null,
        alarms: [{ code: "REPLICA_WAITING", message: "entries wait", atMs: 1, count: 3, peer: null, origin: null }],
      },
    ],
    links: [],
  };
  const text = statusLines(status, noStyle).join("\n");
  expect(text).toMatch(/^us +agent-down +- +- +- +0 +-$/m);
  expect(text).toContain("us: it ended");
  expect(text).toContain("warning us: it may evict");
  expect(text).toContain("alarm us: REPLICA_WAITING entries wait (3 times)");
  expect(lagLines(status, noStyle)).toHaveLength(1);
});

test("who catches up by state, how far it is, and who will; and which agent replicates", () => {
  const some = {
    problem: null,
    server: null,
    gateway: null,
    linkCertificateUntilMs: null,
    origin: null,
    vector: {},
    slots: null,
  };
  const rest = { ...some, state: "up" as const, findings: [], conflicts: null, alarms: [] };
  const agents = [
    { id: "one-1", role: "standby" as const, slots: "", admin: null, heardMs: 0 },
    { id: "other-2", role: "active" as const, slots: "0-4095 8192-10239", admin: "10.0.0.6:7300", heardMs: 200 },
  ];
  const sync = { sinceMs: 1, buckets: 16_384, bucketsTotal: 65_536, bytes: 2000, leftMs: 29_100, lastError: null };
  const status: StatusDocument = {
    format: 1,
    software: "0.1.0",
    atMs: 1,
    kind: "local",
    regions: [
      {
        ...rest,
        agents,
        region: "us",
        logs: { bytes: 9, bytesMax: 8, keptFor: [], fallen: ["eu"], unsyncedMs: 0 },
        stateSync: null,
        adoption: { keys: 7 },
      },
      { ...rest, agents: [], region: "eu", logs: null, stateSync: { ...sync, source: "us" }, adoption: null },
    ],
    links: [],
  };
  const lines = statusLines(status, noStyle);
  expect(lines).toContain("the logs of us no longer reach eu: it catches up by state");
  expect(lines).toContain("agent of us: one-1 (this one) stands by");
  expect(lines).toContain("agent of us: other-2 (admin API 10.0.0.6:7300) replicates slots 0-4095, 8192-10239");
  expect(lines.join("\n")).toMatch(
    /eu takes in the state of us: 25 % \(16384 of 65536 buckets, 2\S+ bytes\), about 30 s left/,
  );
});

test("the nodes of a region of hash slots, and what of them works", () => {
  const nodes = [
    { host: "10.0.0.1", port: 6379, up: true, slots: 8192 },
    { host: "10.0.0.2", port: 6379, up: false, slots: 8192 },
  ];
  const some = { problem: null, server: null, gateway: null, linkCertificateUntilMs: null, origin: null, vector: {} };
  const rest = { logs: null, stateSync: null, adoption: null, findings: [], conflicts: null, alarms: [], agents: [] };
  const slots = { nodes, count: 16_384, up: 8192, open: 7, importing: 0 };
  const region = { ...some, ...rest, region: "us", state: "up" as const, slots };
  const text = statusLines(
    { format: 1, software: "0.1.0", atMs: 1, kind: "agent", regions: [region], links: [] },
    noStyle,
  ).join("\n");
  expect(text).toMatch(/^us +10\.0\.0\.1:6379 +up +8192 +8192 of 16384 slots up, replicating in 7$/m);
  expect(text).toMatch(/^ +10\.0\.0\.2:6379 +down +8192/m);
});
