/** Which links a limit of bandwidth is meant for, and what an agent makes of it. */
import { beforeEach, expect, test } from "vitest";
import type { ReplicationStatus } from "../services.js";
import { bandwidthOf, isMeant, limitLinks } from "./bandwidth.js";

const limits = new Map<string, number | undefined>();
beforeEach(() => limits.clear());

/** Of us, which sends to eu and ap. */
const replication = {
  status: () => {
    const outgoing = ["eu", "ap"].map((to) => ({ from: "us", to, bandwidthBytesPerSecond: limits.get(to) ?? null }));
    return { region: "us", outgoing } as unknown as ReplicationStatus;
  },
  limitLink: (peer: string, bytesPerSecond: number | undefined) => void limits.set(peer, bytesPerSecond),
};

test("one link, all of a region, all", () => {
  const pairs = ["us eu", "eu us", "us ap", "eu ap"].map((text) => text.split(" "));
  const meant = (a?: string, b?: string) =>
    pairs.filter(([from = "", to = ""]) => isMeant({ from, to }, { a, b })).map((pair) => pair.join(" "));
  expect(meant("us", "eu")).toEqual(["us eu", "eu us"]);
  expect(meant("ap")).toEqual(["us ap", "eu ap"]);
  expect(meant()).toHaveLength(4);
});

test("an agent limits what it sends, and takes a limit away", () => {
  expect(limitLinks(replication, { bandwidth: "10Mbit", a: "eu", b: "us" }).links).toEqual([
    { from: "us", to: "eu", bandwidth: "10Mbit" },
    { from: "us", to: "ap", bandwidth: null },
  ]);
  limitLinks(replication, { bandwidth: "1Mbit" });
  expect([...limits]).toEqual([
    ["eu", 125_000],
    ["ap", 125_000],
  ]);
  limitLinks(replication, { bandwidth: null, a: "eu" });
  expect(bandwidthOf(replication).links.map(({ bandwidth }) => bandwidth)).toEqual([null, "1Mbit"]);
});

test.each([
  [{ a: "mars" }, "MERIDIAN_UNKNOWNLINK", "there are: us, eu, ap"],
  [{ a: "us", b: "us" }, "MERIDIAN_BADREQUEST", "us has no link to itself"],
  [{ a: "eu", b: "ap" }, "MERIDIAN_BADREQUEST", "ask the agents of those two"],
])("%j is refused", (names, code, message) => {
  const limit = () => limitLinks(replication, { bandwidth: "1Mbit", ...names });
  expect(limit).toThrow(message);
  expect(limit).toThrow(expect.objectContaining({ code }));
  expect([...limits]).toEqual([]);
});
