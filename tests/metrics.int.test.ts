/** What two running agents tell of themselves: metrics as their page has them, both ways; the log in both forms; the doctor. */
import { findServerBinary } from "@meridian/engine";
import type { DoctorDocument, StatusDocument } from "@meridian/agent/api";
import { freePorts, waitFor } from "@meridian/testkit";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { metricsText } from "../packages/agent/src/admin/metrics.js";
import { documentedMetrics } from "./documented-metrics.js";
import { isBuilt, meridian } from "./local-start.js";
import { newServer, runAgent, stopAgents } from "./running-agent.js";

const native = await findServerBinary();
if (native === undefined) console.warn("SKIPPED: what a native server tells of itself is compared");

beforeAll(() => {
  if (!isBuilt) throw new Error("this test runs what was built: npm run build");
});
afterEach(stopAgents);

/** By name, as the page would say it. */
function scraped(text: string): Map<string, { type: string; labels: string[] }> {
  const found = new Map<string, { type: string; labels: string[] }>();
  for (const [, name = "", type = ""] of text.matchAll(/^# TYPE (\w+) (\w+)$/gm)) found.set(name, { type, labels: [] });
  for (const [, name = "", labels = ""] of text.matchAll(/^(meridian_\w+)(?:\{(.*)\})? \S+$/gm)) {
    const family = found.get(name);
    if (family === undefined) throw new Error(`${name} has no type`);
    family.labels = [...labels.matchAll(/(\w+)="/g)].map(([, label = ""]) => label).toSorted();
  }
  return found;
}

/** With everything in it that there is only at times. */
function full(status: StatusDocument): StatusDocument {
  const regions = status.regions.map((region) => ({
    ...region,
    gateway: region.gateway && {
      ...region.gateway,
      certificateUntilMs: 1,
      stats: { ...region.gateway.stats, refusedByName: { DEBUG: 1 } },
    },
    linkCertificateUntilMs: 1,
    logs: region.logs && { ...region.logs, bytes: 1, keptFor: ["us"], fallen: ["us"] },
    stateSync: { source: "us", sinceMs: 1, buckets: 1, bucketsTotal: 2, bytes: 1, leftMs: 1, lastError: null },
    slots: { nodes: [{ host: "h", port: 1, up: true, slots: 1 }], count: 16_384, up: 1, open: 1, importing: 1 },
    adoption: { keys: 1 },
    activePassive: {
      role: "replica" as const,
      primary: "us",
      epoch: 1,
      sinceMs: 1,
      held: null,
      offset: 1,
      lagBytes: 1,
      lagMs: 1,
      stalenessMs: 1,
      linkUp: true,
      lostWrites: null,
    },
    conflicts: { keys: 1, counts: { string: 1 } },
  }));
  const links = status.links.map((link) => ({
    ...link,
    lagMs: 1,
    roundTripMs: 1,
    delayMs: { p50: 1, p99: 2 },
    bandwidth: "1Mbit",
    clockSkewMs: 1,
  }));
  return { ...status, regions, links };
}

test.skipIf(native === undefined)(
  "metrics of a running pair are those that are documented; its logs and its doctor speak too",
  async () => {
    const links = await freePorts(2);
    const us = await runAgent("us", links, await newServer());
    vi.stubEnv("MERIDIAN_LOG_FORMAT", "json");
    const euServer = await newServer();
    const eu = await runAgent("eu", links, euServer);
    vi.unstubAllEnvs();
    await us.gateway.set("k", "v");
    await waitFor(async () => (await eu.gateway.get("k")) === "v", { what: "the write to arrive" });
    const documented = new Map(documentedMetrics().map(({ name, type, labels }) => [name, { type, labels }]));
    const seen = scraped(await (await fetch(`${eu.admin}/metrics`)).text());
    for (const [name, family] of seen) expect({ name, ...family }).toEqual({ name, ...documented.get(name) });
    const always = documentedMetrics().filter(({ mayBeAbsent }) => !mayBeAbsent);
    expect(always.filter(({ name }) => !seen.has(name)).map(({ name }) => name)).toEqual([]);

    const complete = scraped(metricsText(full(await eu.status())));
    expect(Object.fromEntries(complete)).toEqual(Object.fromEntries(documented));

    const lines = eu.log().trimEnd().split("\n");
    const events = lines.map((line) => JSON.parse(line) as { event: string; region: string });
    expect(events).toContainEqual(expect.objectContaining({ event: "agent-ready", region: "eu", level: "info" }));
    expect(us.log()).toMatch(/^\d{4}-\S+Z info {2}us: agent ready server=/m);

    await euServer.client().config("SET", "maxclients", "200");
    const { stdout, code } = await meridian("doctor", "--admin", eu.admin, "--json");
    const { regions } = JSON.parse(stdout) as DoctorDocument;
    expect(regions.flatMap(({ findings }) => findings.map((finding) => finding.code))).toEqual(
      expect.arrayContaining(["NOTHINGSAVED", "NOMAXMEMORY", "MAXCLIENTS"]),
    );
    expect(code).toBe(1);
  },
);
