/** The members of a deployment as the core keeps them: places, who is gone, and whether writes are taken. */
import { run, type Reply } from "@meridian/core";
import { ModelHost, ModelKeyspace } from "@meridian/testkit";
import { expect, test } from "vitest";

const ROOT = "mer:{0}";

function region(name: string, regions: string, joins?: string) {
  const keyspace = new ModelKeyspace({ nowMs: () => 1_790_000_000_000, random: () => 0.5 });
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
  expect(call("members", "0", "text", "us,eu,ap", "eu", "")).toEqual(["ok", "1"]);
  expect(configure()).toEqual({ ok: "OK" });
  expect(call("members")).toEqual(["1", "text", "us,eu,ap", "eu", ""]);
});

test("a change upon another revision does nothing", () => {
  const { call } = region("us", "us,eu");
  call("members", "0", "one", "us,eu", "", "");
  expect(call("members", "0", "two", "us,eu,ap", "", "")).toEqual(["changed", "1"]);
  expect(call("members")).toEqual(["1", "one", "us,eu", "", ""]);
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
  expect(call("members", "0", "text", "us,eu,ap", "us", "")).toEqual(["ok", "1"]);
  expect(call("SET", "k", "v")).toEqual({ ok: "OK" });
  expect(codeOf(call("members", "1", "text", "eu,us,ap", "", ""))).toBe("MERIDIAN_BADPLACES");
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
  call("members", "1", "text", "us,eu", "", "left");
  const before = call("state");
  expect(call("sweep", "0", "65536")).toEqual(["0", 0]);
  expect(codeOf(call("export", "head", "eu"))).toBe("MERIDIAN_LEAVING");
  expect((call("state") as Reply[])[5]).toEqual((before as Reply[])[5]);
});
