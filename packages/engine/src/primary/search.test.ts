/** Which server is taken for the primary, by what each says of itself, or by what Sentinels say. */
import { expect, test } from "vitest";
import { decide } from "./list-search.js";
import type { Seen } from "./role.js";
import { newestOf } from "./sentinel-search.js";

const address = (port: number) => ({ host: "h", port });
const is = (port: number, role: Seen["role"]): Seen => ({ address: address(port), role, problem: "refused" });

test("the only one that says it is a primary is used", () => {
  const seen = [is(1, "replica"), is(2, "primary"), is(3, "silent")];
  for (const current of [undefined, address(1), address(2), address(3)]) {
    expect(decide(current, seen)).toEqual({ kind: "use", address: address(2) });
  }
});

test("the one in use is kept while another one says that it is a primary too", () => {
  const seen = [is(1, "primary"), is(2, "primary")];
  expect(decide(address(2), seen)).toEqual({ kind: "use", address: address(2) });
});

test("of two that are not in use none is taken, and a person is told", () => {
  const seen = [is(1, "primary"), is(2, "primary"), is(3, "replica")];
  expect(decide(undefined, seen)).toMatchObject({ kind: "none", problem: expect.stringContaining("make all but one") });
  expect(decide(address(3), seen)).toMatchObject({ kind: "none" });
});

test("one that turns into a replica is left at once, one that says nothing is not", () => {
  expect(decide(address(1), [is(1, "replica"), is(2, "replica")])).toMatchObject({ kind: "none", why: "silent" });
  expect(decide(address(1), [is(1, "silent"), is(2, "replica")])).toMatchObject({ kind: "stay" });
  expect(decide(undefined, [is(1, "refused"), is(2, "replica")])).toMatchObject({ kind: "none", why: "refused" });
  expect(decide(address(1), [is(1, "loading"), is(2, "replica")])).toMatchObject({ kind: "stay", why: "loading" });
});

test("of what Sentinels say the highest epoch counts, and an older one only when all say it", () => {
  const said = (epoch: number, port: number) => ({ epoch, host: "h", port });
  const known = (epoch: number, port?: number) => ({ epoch, address: port === undefined ? undefined : address(port) });
  expect(newestOf([said(1, 1), said(2, 2), said(1, 1)], known(1, 1), true)).toEqual(said(2, 2));
  expect(newestOf([said(1, 1)], known(2, 2), false)).toBeUndefined();
  expect(newestOf([said(0, 3), said(0, 3)], known(2, 2), true)).toEqual(said(0, 3));
  expect(newestOf([said(1, 1), said(1, 2)], known(1, 2), true)).toEqual(said(1, 2));
  expect(newestOf([said(1, 1), said(1, 2)], known(1), true)).toEqual(said(1, 1));
  expect(newestOf([], known(0), false)).toBeUndefined();
});
