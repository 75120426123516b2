/** One primary at a time for each server. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { passiveLimits } from "../limits.js";
import { NOBODY, type RegionServer, type ServerLook } from "../region-server.js";
import { Fence } from "./fence.js";

let follows: ServerLook["follows"];
const server = { detach: () => Promise.resolve(void (follows = NOBODY)) } as unknown as RegionServer;
const seen = (): ServerLook => ({ role: "replica", follows }) as ServerLook;

beforeEach(() => {
  vi.useFakeTimers();
  follows = { host: "us", port: 6379 };
});
afterEach(() => {
  vi.useRealTimers();
});

test("what followed one primary follows the next only when that one has noticed", async () => {
  const fence = new Fence(server, true);
  expect(await fence.mayFollow(seen(), 2, 1)).toBe(false);
  expect(follows).toBe(NOBODY);
  vi.advanceTimersByTime(passiveLimits.fenceMs - 1);
  expect(await fence.mayFollow(seen(), 2, 1)).toBe(false);
  vi.advanceTimersByTime(2);
  expect(await fence.mayFollow(seen(), 2, 1)).toBe(true);
  fence.follows();
  expect(fence.isLongDetached).toBe(false);
});

test("the same primary, a first one, or one after another that was stopped in order, is followed at once", async () => {
  const fence = new Fence(server, true);
  expect(await fence.mayFollow(seen(), 1, 1)).toBe(true);
  expect(await fence.mayFollow(seen(), 1, undefined)).toBe(true);
  fence.open(2);
  expect(await fence.mayFollow(seen(), 2, 1)).toBe(true);
  expect(await new Fence(server, false).mayFollow(seen(), 2, 1)).toBe(true);
  expect(follows).not.toBe(NOBODY);
});

test("an agent that finds its server following nobody does not know since when", async () => {
  follows = NOBODY;
  const fence = new Fence(server, true);
  expect(await fence.mayFollow(seen(), 2, 1)).toBe(false);
  vi.advanceTimersByTime(passiveLimits.fenceMs + 1);
  expect(await fence.mayFollow(seen(), 2, 1)).toBe(true);
});
