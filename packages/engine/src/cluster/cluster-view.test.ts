/** Who has a slot, where nodes say different things. */
import { expect, test } from "vitest";
import { SLOTS } from "@meridian/core";
import { ownersBy, viewOf, type ClusterView } from "./cluster-view.js";
import { redirectOf } from "./redirect.js";
import { slotsText } from "./topology.js";

const ASKED = { host: "10.0.0.1", port: 7000, password: "p" };

function view(id: string, epoch: number, ranges: [number, number, string][], isWell = true): ClusterView {
  const slots = ranges.map(([first, last, owner]) => [first, last, ["10.0.0.1", 7000, owner]]);
  return viewOf(id, `cluster_state:${isWell ? "ok" : "fail"}\r\ncluster_my_epoch:${epoch}\r\n`, slots, ASKED);
}

test("a node that was sent a slot knows it before the others", () => {
  const owners = ownersBy([
    view("a", 1, [
      [0, 99, "a"],
      [100, 199, "b"],
    ]),
    view("b", 5, [
      [0, 49, "a"],
      [50, 199, "b"],
    ]),
  ]);
  expect([owners[49], owners[50], owners[150], owners[200]]).toEqual(["a", "b", "b", undefined]);
});

test("a primary that was cut off counts less than the one in its place, whatever its epoch", () => {
  const owners = ownersBy([view("old", 9, [[0, 99, "old"]], false), view("new", 3, [[0, 99, "new"]])]);
  expect(owners[0]).toBe("new");
});

test("slots of a silent node are as others say; what a node gave away is not its own for being said so", () => {
  const owners = ownersBy([
    view("a", 1, [
      [0, 9, "a"],
      [10, 19, "silent"],
      [20, 29, "b"],
    ]),
    view("b", 2, []),
  ]);
  expect([owners[0], owners[10], owners[20]]).toEqual(["a", "silent", undefined]);
});

test("a node that does not know its address is where it was asked; replicas are known too", () => {
  const slots = [[0, SLOTS - 1, ["", 7000, "a", []], ["10.0.0.2", 7001, "r", []]]];
  const seen = viewOf("a", "cluster_state:ok\r\n", slots, ASKED);
  expect(seen.primaries.get("a")).toEqual(ASKED);
  expect(seen.addresses).toEqual([ASKED, { ...ASKED, host: "10.0.0.2", port: 7001 }]);
});

test("what a node says instead of doing it", () => {
  expect(redirectOf(new Error("MOVED 3999 127.0.0.1:6381"))).toEqual({ kind: "moved", host: "127.0.0.1", port: 6381 });
  expect(redirectOf(new Error("ASK 3999 ::1:6381"))).toEqual({ kind: "ask", host: "::1", port: 6381 });
  expect(redirectOf(new Error("MOVED 3999 :6381"))).toEqual({ kind: "moved", host: "", port: 6381 });
  expect(redirectOf(new Error("TRYAGAIN Multiple keys"))?.kind).toBe("wait");
  expect(redirectOf(new Error("Connection is closed."))).toBeUndefined();
  expect(slotsText([0, 1, 2, 7, 9, 10])).toBe("0-2,7,9-10");
});
