/** Spans of one write in two regions, put together by nothing but its stamp. */
import { expect, test } from "vitest";
import { agentLimits } from "../limits.js";
import { msOfStamp, type Standing } from "../replica/index.js";
import type { SpanText } from "./spans.js";
import { isSampled, traceIdOf } from "./trace-ids.js";
import { WriteTraces } from "./write-traces.js";

const ORIGIN = "us~1";
const STAMP = 4096 * 1_000_000;

function standing(applied: number): Standing {
  return { ownOrigin: "eu~1", applied: new Map([[ORIGIN, applied]]), durable: new Map(), sources: [] };
}

function region(
  name: string,
  peers: string[],
  sampleRate = 1,
): { traces: WriteTraces; spans: SpanText[]; clock: { nowMs: number } } {
  const spans: SpanText[] = [];
  const clock = { nowMs: msOfStamp(STAMP) };
  const add = (span: SpanText): void => void spans.push(span);
  return {
    traces: new WriteTraces({ region: name, sampleRate, peers: () => peers, add, nowMs: () => clock.nowMs }),
    spans,
    clock,
  };
}

const batch = (stamp = STAMP) => ({ origin: ORIGIN, after: 0, entries: [{ stamp, payload: new Uint8Array(3) }] });

test("a write, its time in the log, its way and what is applied at the end are one trace", () => {
  const [us, eu] = [region("us", ["eu"]), region("eu", ["us"])];
  us.clock.nowMs += 5;
  us.traces.done({ kind: "send", peer: "eu", batch: batch() });
  us.traces.done({ kind: "send", peer: "eu", batch: batch() }); // again: the first counts
  eu.clock.nowMs += 45;
  eu.traces.heard({ kind: "received", source: "us", batch: batch() });
  eu.traces.done({ kind: "apply", apply: 7, ...batch() });
  eu.clock.nowMs += 2;
  const ok = { status: "ok", at: STAMP, detailOrigin: "", detailStamp: 0 } as const;
  eu.traces.heard({ kind: "applied", apply: 7, reply: ok });
  us.clock.nowMs += 82;
  us.traces.heard({ kind: "acked", peer: "eu", standing: standing(STAMP - 1), rewind: undefined });
  us.traces.heard({ kind: "acked", peer: "eu", standing: standing(STAMP), rewind: undefined });

  const all = [...us.spans, ...eu.spans];
  expect(all.map(({ name, fromMs, toMs }) => [name, toMs - fromMs])).toEqual([
    ["log", 5],
    ["link eu", 82],
    ["write", 87],
    ["apply eu", 2],
  ]);
  expect(new Set(all.map(({ traceId }) => traceId))).toEqual(new Set([traceIdOf({ origin: ORIGIN, stamp: STAMP })]));
  const idOf = (name: string): string | undefined => all.find((span) => span.name === name)?.spanId;
  expect(all.map(({ parentId }) => parentId)).toEqual([idOf("write"), idOf("write"), undefined, idOf("link eu")]);
});

test("what was not applied yet is traced when it is", () => {
  const eu = region("eu", ["us"]);
  eu.traces.heard({ kind: "received", source: "us", batch: batch() });
  eu.traces.done({ kind: "apply", apply: 1, ...batch() });
  eu.traces.heard({ kind: "applied", apply: 1, reply: { status: "wait", at: 0, detailOrigin: "", detailStamp: 0 } });
  expect(eu.spans).toEqual([]);
  eu.traces.done({ kind: "apply", apply: 2, ...batch() });
  eu.traces.heard({ kind: "applied", apply: 2, reply: { status: "ok", at: STAMP, detailOrigin: "", detailStamp: 0 } });
  expect(eu.spans.map(({ name }) => name)).toEqual(["apply eu"]);
});

test("of a region that is away so many are remembered as the limits say", () => {
  const us = region("us", ["eu", "ap"]);
  const most = agentLimits.tracesMax;
  for (let at = 1; at <= most + 10; at++) us.traces.done({ kind: "send", peer: "eu", batch: batch(at) });
  us.traces.heard({ kind: "acked", peer: "eu", standing: standing(most + 10), rewind: undefined });
  expect(us.spans.filter(({ name }) => name === "link eu")).toHaveLength(most);
});

test("the same writes are chosen everywhere, as many as the rate says", () => {
  const writes = Array.from({ length: 10_000 }, (_, at) => ({ origin: ORIGIN, stamp: STAMP + at }));
  const chosen = writes.filter((write) => isSampled(write, 0.1)).length;
  expect(chosen).toBeGreaterThan(850);
  expect(chosen).toBeLessThan(1150);
  expect(writes.some((write) => isSampled(write, 0))).toBe(false);
});
