/**
 * Entries damaged on their way: whatever bytes `apply` is given, it applies them whole or answers with an error of ours
 * and changes nothing; it never stops half-way. Real entries of the simulator are damaged at random places.
 */
import { encodeFrames } from "@meridian/core";
import { runSeed } from "@meridian/sim";
import { Draw, pack, seededRandom, testSeed, unpack } from "@meridian/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { kinds, libraryCode, startServer, type TestServer } from "./support.js";

const ROUNDS = 3000;
const seed = testSeed();
const origin = "us-east-1~mubbs7i8604f";
let server: TestServer;

beforeAll(async () => {
  server = await startServer(kinds[0] ?? "wasm", libraryCode());
  await server.call("configure", "eu-west-1", "us-east-1,eu-west-1");
});
afterAll(() => server.stop());

/** Operations of every kind, as the simulator's regions log them. */
function operationsOfARun(): unknown[][] {
  const operations: unknown[][] = [];
  for (const { payload } of runSeed(11, 400, { clash: true, ttl: true, crashes: false }).log) {
    const entry = unpack(payload);
    if (Array.isArray(entry)) operations.push(...(entry[2] as unknown[][]));
  }
  return operations;
}

const strange = [
  false,
  true,
  -1,
  0,
  1.5,
  2 ** 60,
  "",
  "x",
  [],
  [[]],
  ["us~1", 1, "1", 1],
  [1, 2],
  ["s", "", []],
  "h",
  "~",
];

/** The operation with one element, at any depth, replaced, doubled or dropped. */
function damaged(draw: Draw, value: unknown): unknown {
  if (!Array.isArray(value) || value.length === 0 || draw.chance(0.3)) return draw.pick(strange);
  const at = draw.below(value.length);
  const copy = [...(value as unknown[])];
  const way = draw.below(4);
  if (way === 0) copy.splice(at, 1);
  else if (way === 1) copy.splice(at, 0, copy[at]);
  else copy[at] = damaged(draw, copy[at]);
  return copy;
}

function flipped(draw: Draw, payload: string): string {
  const at = draw.below(payload.length);
  const way = draw.below(3);
  if (way === 0) return payload.slice(0, at);
  const byte = String.fromCharCode(draw.below(256));
  return payload.slice(0, at) + byte + payload.slice(way === 1 ? at + 1 : at);
}

test(`damaged entries are refused whole or applied whole, SEED=${seed}`, async () => {
  const random = seededRandom(seed);
  const draw = new Draw(() => random.real());
  const operations = operationsOfARun();
  expect(new Set(operations.map(([code]) => code)).size).toBeGreaterThan(8);
  let stamp = (Date.now() - 1704067200000) * 4096;
  let previous = 0;
  const counts = { applied: 0, refused: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    stamp++;
    const operation = draw.chance(0.7) ? damaged(draw, draw.pick(operations)) : draw.pick(operations);
    let frames = encodeFrames([{ stamp, payload: pack([previous, [], [operation]] as never) }]);
    if (draw.chance(0.3)) frames = flipped(draw, frames);
    const reply = await server.call("apply", origin, frames);
    const context = `${JSON.stringify(operation)} ${JSON.stringify(frames)} -> ${JSON.stringify(reply)}`;
    if (Array.isArray(reply)) {
      expect(["ok", "gap", "wait", "ahead"], context).toContain(reply[0]);
      previous = Number(reply[1]);
      stamp = Math.max(stamp, previous);
      counts.applied += reply[0] === "ok" ? 1 : 0;
    } else {
      expect(reply, context).toEqual({ err: expect.stringMatching(/^MERIDIAN_BADENTRY /) as string });
      counts.refused++;
      const state = (await server.call("state")) as unknown[];
      const vector = state[5] as unknown[];
      expect(Number(vector[vector.indexOf(origin) + 1] ?? 0), context).toBe(previous);
    }
  }
  expect(counts.applied).toBeGreaterThan(ROUNDS / 20);
  expect(counts.refused).toBeGreaterThan(ROUNDS / 5);
});
