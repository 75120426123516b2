/** The window follows what a peer acknowledges. */
import { expect, test } from "vitest";
import { replicaLimits } from "./limits.js";
import { Window } from "./sender-window.js";

const { windowBytesMin, windowBytesMax } = replicaLimits;

test("it is small at first, doubles with what lands, and never passes the limit", () => {
  const window = new Window();
  expect(window.bytes(replicaLimits, 0)).toBe(windowBytesMin);
  let nowMs = 0;
  let rounds = 0;
  for (let bytes = windowBytesMin; bytes < windowBytesMax; bytes = window.bytes(replicaLimits, nowMs)) {
    nowMs += 50;
    window.landed(bytes, nowMs);
    expect(++rounds).toBeLessThan(10);
  }
  expect(window.bytes(replicaLimits, nowMs)).toBe(windowBytesMax);
});

test("on a line of 10 Mbit/s it is about a second's worth, and what lands no more is forgotten", () => {
  const window = new Window();
  for (let nowMs = 0; nowMs < 10_000; nowMs += 100) window.landed(125_000, nowMs);
  expect(window.bytes(replicaLimits, 9900)).toBe(2 * 750_000);
  expect(window.bytes(replicaLimits, 20_000)).toBe(windowBytesMin);
});
