/** Links of real regions: what status and alarms tell of namespaces, limits, packing, clocks and certificates. */
import { findServerBinary } from "@meridian/engine";
import { waitFor } from "@meridian/testkit";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { certificateFolder, newCertificate } from "../tls/test-support/certificates.js";
import type { LinkStatus } from "./index.js";
import { Regions, type Region } from "./test-support/regions.js";

const skipped = (await findServerBinary()) === undefined;
let regions: Regions | undefined;
vi.setConfig({ testTimeout: 60_000 });

beforeAll(() => {
  if (skipped) console.warn("SKIPPED: no valkey-server or redis-server on the PATH");
});

afterEach(async () => {
  await regions?.stop();
  regions = undefined;
});

async function start(): Promise<[Region, Region]> {
  regions = await Regions.start(["a", "b"]);
  await regions.linksUp();
  return [regions.get("a"), regions.get("b")];
}

async function restart(region: Region, change: Parameters<Region["startAgent"]>[0]): Promise<void> {
  await region.stopAgent();
  await region.startAgent(change);
}

function only(links: readonly LinkStatus[]): LinkStatus {
  const [link] = links;
  if (link === undefined) throw new Error("there is no link");
  return link;
}

const outgoing = ({ replication }: Region): LinkStatus => only(replication.status().outgoing);
const incoming = ({ replication }: Region): LinkStatus => only(replication.status().incoming);

test.skipIf(skipped)("agents of two namespaces refuse each other, with an alarm that names both", async () => {
  const [a, b] = await start();
  await restart(b, { namespace: "staging" });
  const refused = () => [a, b].every((region) => incoming(region).state === "refused");
  await waitFor(refused, { what: "both to be refused" });
  for (const { alarms } of [a, b]) {
    const message = alarms.find(({ code }) => code === "REPLICA_LINK_REFUSED")?.message;
    expect(message).toMatch(
      /the namespace here is (default|staging), of [ab] it is (default|staging): two deployments/,
    );
  }
});

test.skipIf(skipped)("a limit is seen as lag while much is written, and its end ends that", async () => {
  const [a, b] = await start();
  a.replication.limitLink("b", 20_000);
  expect(outgoing(a).bandwidthBytesPerSecond).toBe(20_000);
  const noise = () => Array.from({ length: 40_000 }, () => Math.random().toString(36)[2] ?? "x").join("");
  for (let at = 0; at < 12; at++) await a.engine.call("SET", `k${at}`, noise());
  await waitFor(() => (outgoing(a).lagMs ?? 0) > 2_000, { what: "the lag" });
  expect([outgoing(a).state, incoming(b).state]).toEqual(["up", "up"]);
  expect(outgoing(a).backlogEntries).toBeGreaterThan(0);
  a.replication.limitLink("b", undefined);
  await regions?.converged();
  await waitFor(() => outgoing(a).lagMs === 0 && outgoing(a).bandwidthBytesPerSecond === null, { what: "no lag" });
});

test.skipIf(skipped)("status tells what is on the wire, and how far clocks are apart", async () => {
  const [a, b] = await start();
  const value = "the same again and again ".repeat(4_000);
  await a.engine.call("SET", "k", value);
  await regions?.converged();
  expect(outgoing(a).bytesTotal).toBeGreaterThan(value.length);
  expect(outgoing(a).wireBytesTotal).toBeLessThan(value.length / 10);
  await waitFor(() => incoming(b).wireBytesTotal === outgoing(a).wireBytesTotal, { what: "both ends to agree" });
  await waitFor(() => [a, b].every((region) => outgoing(region).clockSkewMs !== null), { what: "the clocks" });
  for (const region of [a, b]) {
    expect(Math.abs(outgoing(region).clockSkewMs ?? Infinity)).toBeLessThan(500);
    expect(outgoing(region).clockSkewMs).toBeCloseTo(-(incoming(region).clockSkewMs ?? 0));
  }
  await restart(a, { compression: false });
  await regions?.linksUp();
  await a.engine.call("SET", "k", value);
  await regions?.converged();
  await waitFor(() => outgoing(a).wireBytesTotal > value.length, { what: "the bytes of a link that is not packed" });
});

test.skipIf(skipped)("regions replicate over mutual TLS; a bad file is an alarm, and none at the start", async () => {
  const [a, b] = await start();
  const ca = await newCertificate("ca");
  const folders = await Promise.all(
    [a, b].map(async ({ name }) => {
      const folder = certificateFolder();
      folder.put({ ...(await newCertificate(name, ca, { dns: `${name}.default.meridian` })), ca: ca.cert });
      return folder;
    }),
  );
  for (const [index, region] of [a, b].entries()) await restart(region, { tls: folders[index] });
  await regions?.linksUp();
  await a.engine.call("SET", "k", "v");
  await regions?.converged();
  expect(a.replication.certificateUntilMs).toBeGreaterThan(Date.now());
  folders[0]?.put({ cert: "nothing" });
  await a.replication.reload();
  expect(a.alarms.map(({ code }) => code)).toContain("REPLICA_LINK_CERTIFICATE");
  await b.engine.call("SET", "k", "w");
  await regions?.converged();
  await expect(restart(a, { tls: folders[0] })).rejects.toMatchObject({ code: "MERIDIAN_BADCERTIFICATE" });
});
