/** One write through three agents as a collector gets it: a trace whose spans each region made by itself. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { findServerBinary } from "@meridian/engine";
import { freePorts, spawnRedis, waitFor } from "@meridian/testkit";
import { Redis } from "ioredis";
import { afterEach, expect, test } from "vitest";
import { type Agent, startAgent } from "../agent.js";
import { createLogger } from "../logger.js";

const skipped = (await findServerBinary()) === undefined;
if (skipped) console.warn("SKIPPED: no valkey-server or redis-server on the PATH");

/** As OTLP has it in JSON, what is looked at. */
interface CollectedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
}
interface Collected {
  resourceSpans: {
    resource: { attributes: { key: string; value: { stringValue?: string } }[] };
    scopeSpans: { spans: CollectedSpan[] }[];
  }[];
}

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

async function collector(): Promise<{ endpoint: string; spans: (CollectedSpan & { region: string })[] }> {
  const spans: (CollectedSpan & { region: string })[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Collected;
      for (const { resource, scopeSpans } of resourceSpans) {
        const region = resource.attributes.find(({ key }) => key === "meridian.region")?.value.stringValue ?? "";
        for (const scope of scopeSpans) for (const span of scope.spans) spans.push({ ...span, region });
      }
      response.setHeader("content-type", "application/json").end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: 0 }, resolve));
  open.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`, spans };
}

async function agents(names: readonly string[], endpoint: string): Promise<Agent[]> {
  const links = await freePorts(names.length);
  const regions = names.map((name, at) => ({ name, link: `127.0.0.1:${links[at]}` }));
  return await Promise.all(
    names.map(async (region, at) => {
      const server = await spawnRedis();
      open.push(() => server.stop());
      const agent = await startAgent(
        {
          region,
          regions,
          server: { url: server.url },
          gateway: { host: "127.0.0.1", port: 0 },
          link: { host: "127.0.0.1", port: links[at] ?? 0 },
          admin: undefined,
          traces: { endpoint, sampleRate: 1 },
        },
        createLogger(region, { level: "error" }),
      );
      open.push(() => agent.stop());
      return agent;
    }),
  );
}

test.skipIf(skipped)(
  "the spans of a write are one trace, with the way to each region in it",
  { timeout: 60_000 },
  async () => {
    const { endpoint, spans } = await collector();
    const [us] = await agents(["us", "eu", "ap"], endpoint);
    const client = new Redis({ host: "127.0.0.1", port: us?.gatewayPort ?? 0 });
    open.push(() => client.disconnect());
    await client.set("traced", "value");

    const wanted = ["us log", "us link eu", "us link ap", "us write", "eu apply eu", "ap apply ap"];
    const whole = (): CollectedSpan[] => {
      for (const id of new Set(spans.map(({ traceId }) => traceId))) {
        const ofOne = spans.filter(({ traceId }) => traceId === id);
        const names = ofOne.map(({ region, name }) => `${region} ${name}`);
        if (wanted.every((name) => names.includes(name))) return ofOne;
      }
      return [];
    };
    await waitFor(() => whole().length > 0, { what: "all spans of one write", timeoutMs: 40_000 });
    const trace = whole();
    const parentNames = trace.map(({ name, parentSpanId }) => [
      name,
      trace.find(({ spanId }) => spanId === parentSpanId)?.name,
    ]);
    expect(Object.fromEntries(parentNames)).toEqual({
      log: "write",
      "link eu": "write",
      "link ap": "write",
      write: undefined,
      "apply eu": "link eu",
      "apply ap": "link ap",
    });
    expect(JSON.stringify(spans)).not.toMatch(/traced|value"?:"value/);
  },
);
