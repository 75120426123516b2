/** The members of a deployment as the core keeps them: places, who is gone, and whether writes are taken. */
import { run, type Reply } from "@meridian/core";
import { ModelHost, ModelKeyspace } from "@meridian/testkit";
import { expect, test } from "vitest";

const ROOT = "mer:{0}";
/** In milliseconds: the revision of what changes first then. */
const NOW = "1790000000000";
const NEXT = "1790000000001";

function region(name: string, regions: string, joins?: string) {
  const keyspace = new ModelKeyspace({ nowMs: () => Number(NOW), random: () => 0.5 });
  const host = new ModelHost(keyspace);
  host.restart(name.padEnd(40, "0"));
  const call = (...args: string[]): Reply => run(host, ROOT, args);
  const configure = (): Reply => call("configure", name, regions, ...(joins === undefined ? [] : [joins]));
  expect(configure()).toEqual({ ok: "OK" });
  return { call, configure };
}

function codeOf(reply: Reply): string {
  return typeof reply === "object" && "err" in reply ? reply.err.split(" ")[0]! : JSON.stringify(reply);
}

test("a list that was agreed upon outlives what the agent is configured with", () => {
  const { call, configure } = region("us", "us,eu");
  expect(call("members")).toEqual(["0", "", "us,eu", "", ""]);
  expect(call("members", "0", "text", "us,eu,ap", "eu", "")).toEqual(["ok", NOW]);
  expect(configure()).toEqual({ ok: "OK" });
  expect(call("members")).toEqual([NOW, "text", "us,eu,ap", "eu", ""]);
});

test("a change upon another revision does nothing", () => {
  const { call } = region("us", "us,eu");
  call("members", "0", "one", "us,eu", "", "");
  expect(call("members", "0", "two", "us,eu,ap", "", "")).toEqual(["changed", NOW]);
  expect(call("members")).toEqual([NOW, "one", "us,eu", "", ""]);
});

test("places are appended only", () => {
  const { call } = region("us", "us,eu");
  for (const list of ["eu,us", "us", "us,ap,eu", "us,eu,", "us,eu,x~y"]) {
    expect(codeOf(call("members", "0", "text", list, "", ""))).toBe("MERIDIAN_BADPLACES");
  }
});

test("a region that joins takes over the list of the others, and writes from then on", () => {
  const { call } = region("ap", "ap,eu", "joining");
  expect(codeOf(call("SET", "k", "v"))).toBe("MERIDIAN_JOINING");
  expect(codeOf(call("members", "0", "text", "us,eu", "", ""))).toBe("MERIDIAN_BADPLACES");
  expect(call("members", "0", "text", "us,eu,ap", "us", "")).toEqual(["ok", NOW]);
  expect(call("SET", "k", "v")).toEqual({ ok: "OK" });
  expect(codeOf(call("members", NOW, "text", "eu,us,ap", "", ""))).toBe("MERIDIAN_BADPLACES");
});

test("one that is about to follow takes no writes until that is taken back; who is followed goes on", () => {
  const { call } = region("us", "us,eu");
  call("SET", "k", "v");
  expect(call("mode")).toEqual(["us", "", ""]);
  expect(call("mode", "follow", "us")).toEqual({ ok: "OK" });
  expect(call("SET", "k", "w")).toEqual({ ok: "OK" });
  expect(call("mode", "follow", "eu")).toEqual({ ok: "OK" });
  expect(call("mode")).toEqual(["us", "eu", "passive"]);
  expect(call("members", "0", "text", "us,eu,ap", "", "")).toEqual(["ok", NOW]); // another list does not open it
  expect(codeOf(call("SET", "k", "x"))).toBe("MERIDIAN_PASSIVE");
  expect(call("mode", "stay")).toEqual({ ok: "OK" });
  expect(call("SET", "k", "x")).toEqual({ ok: "OK" });
  for (const wrong of [["follow", "mars"], ["follow"], ["become", "mars"], ["turn", "eu"]]) {
    expect(codeOf(call("mode", ...wrong))).toBe("MERIDIAN_BADMODE");
  }
});

test("a copy is another region: it knows what the first one had, and writes under its own name", () => {
  const { call } = region("us", "us,eu");
  call("SET", "k", "v");
  const [, , origin] = call("state") as string[];
  expect(call("mode", "become", "eu")).toEqual({ ok: "OK" });
  expect(call("mode", "become", "eu")).toEqual({ ok: "OK" });
  expect(codeOf(call("configure", "us", "us,eu"))).toBe("MERIDIAN_OTHERREGION");
  expect(call("configure", "eu", "us,eu")).toEqual({ ok: "OK" });
  const state = call("state") as [unknown, string, string, unknown, unknown, string[]];
  expect(state[1]).toBe("eu");
  expect(state[5]).toContain(origin);
});

test("one that leaves takes no writes, one that has left logs nothing more", () => {
  const { call } = region("us", "us,eu");
  call("SET", "k", "v", "PX", "1");
  call("members", "0", "text", "us,eu", "", "leaving");
  for (const write of [
    ["SET", "k", "v"],
    ["DEL", "k"],
    ["pipeline", "2", "GET", "k", "3", "SET", "k", "v"],
    ["adopt", "k", "x"],
    ["FUNCTION", "FLUSH"],
  ]) {
    expect(JSON.stringify(call(...write))).toContain("MERIDIAN_LEAVING");
  }
  call("members", NOW, "text", "us,eu", "", "left");
  const before = call("state");
  expect(call("sweep", "0", "65536")).toEqual(["0", 0]);
  expect(codeOf(call("export", "head", "eu"))).toBe("MERIDIAN_LEAVING");
  expect((call("state") as Reply[])[5]).toEqual((before as Reply[])[5]);
});

test("a partition follows another one's list, never back, and keeps it when it is configured again", () => {
  const { call, configure } = region("us", "us,eu");
  expect(call("follow", NEXT, "us,eu,ap", "eu", "leaving")).toEqual(["ok", NEXT]);
  expect(codeOf(call("SET", "k", "v"))).toBe("MERIDIAN_LEAVING");
  expect(call("follow", NEXT, "us,eu", "", "")).toEqual(["kept", NEXT]);
  expect(call("follow", NOW, "us,eu", "", "")).toEqual(["kept", NEXT]);
  expect(configure()).toEqual({ ok: "OK" });
  expect(call("members")).toEqual([NEXT, "", "us,eu,ap", "eu", "leaving"]);
  expect(codeOf(call("follow", "1790000000002", "eu,us,ap", "", ""))).toBe("MERIDIAN_BADPLACES");
  for (const wrong of [["0", "us,eu,ap", "", ""], ["x", "us,eu,ap", "", ""], [NEXT]]) {
    expect(codeOf(call("follow", ...wrong))).toBe("MERIDIAN_BADMEMBERS");
  }
});
