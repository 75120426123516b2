/** Failovers between real servers: what is refused, what a forced one loses, and what becomes of a primary that returns. */
import { readFileSync } from "node:fs";
import { waitFor } from "@meridian/testkit";
import { afterEach, expect, test } from "vitest";
import { findServerBinary } from "@meridian/engine";
import { PassiveRegions } from "../test-support/passive-regions.js";

const isMissing = (await findServerBinary()) === undefined;
if (isMissing) console.warn("SKIPPED: replicas need a native server");
let regions: PassiveRegions | undefined;

afterEach(async () => {
  await regions?.stop();
  regions = undefined;
}, 30_000);

async function started(...names: string[]): Promise<PassiveRegions> {
  regions = await PassiveRegions.start(names);
  if (regions === undefined) throw new Error("no native server");
  return regions;
}

test.skipIf(isMissing)(
  "what can't be done in order is refused, and changes nothing",
  async () => {
    const three = await started("us", "eu", "ap");
    const ask = (to: string, at = "eu") => three.agent(at).failover({ to });
    await expect(ask("mars")).rejects.toMatchObject({ code: "MERIDIAN_NOSUCHREGION" });
    await expect(ask("us")).rejects.toMatchObject({ code: "MERIDIAN_ALREADYPRIMARY" });
    await expect(three.agent("ap").failover({ to: "eu", force: true })).rejects.toMatchObject({
      code: "MERIDIAN_PRIMARYALIVE",
    });
    three.cut("eu", false, "servers");
    await waitFor(async () => !(await three.view("eu")).linkUp, { what: "the replication to be cut" });
    await expect(ask("eu", "us")).rejects.toMatchObject({ code: "MERIDIAN_NOTFOLLOWING" });
    three.cut("eu", true);
    three.cut("us", false, "agents");
    await expect(ask("eu")).rejects.toMatchObject({ code: "MERIDIAN_NOTFOLLOWING" });
    three.cut("us", true);
    await three.agree("us");
    expect(await three.gateway("ap").set("k", "v")).toBe("OK");
    expect((await three.view("us")).epoch).toBe(1);
    const document = await ask("eu", "us");
    expect(document).toMatchObject({ kind: "planned", from: "us", to: "eu", epoch: 2, unaware: [] });
    await three.agree("eu");
  },
  120_000,
);

test.skipIf(isMissing)(
  "a forced failover loses what it announced, which is saved when the old primary returns",
  async () => {
    const three = await started("us", "eu", "ap");
    const before = three.gateway("us");
    await before.set("shared", "1");
    await three.agree("us");
    three.cut("us", false, "servers");
    await waitFor(async () => !(await three.view("eu")).linkUp && !(await three.view("ap")).linkUp, {
      what: "the cut",
    });
    for (let number = 0; number < 50; number++) await before.rpush("unshared", String(number));
    await before.multi().set("in-one", "1").incr("in-one").exec();
    const lost = (await three.offset("us")) - (await three.offset("eu"));
    const isHeard = async (): Promise<boolean> => (await three.view("eu")).lagBytes === lost;
    await waitFor(isHeard, { what: "the others to hear what they lack" });
    three.cut("us", false);
    const gone = { to: "eu", force: true };
    const isGone = async (): Promise<boolean> => {
      const asked = await three
        .agent("ap")
        .failover(gone)
        .catch((error: { code: string }) => error.code);
      return asked !== "MERIDIAN_PRIMARYALIVE";
    };
    await waitFor(isGone, { what: "the primary to be missed", timeoutMs: 40_000 });
    const preview = await three.agent("ap").failover(gone);
    expect(preview).toMatchObject({ kind: "forced", done: false, loss: { bytes: lost } });
    expect((await three.view("eu")).epoch).toBe(1);

    const document = await three.agent("ap").failover({ ...gone, confirmed: true });
    expect(document).toMatchObject({
      done: true,
      from: "us",
      to: "eu",
      epoch: 2,
      loss: { bytes: lost },
      unaware: ["us"],
    });
    await waitFor(async () => (await three.view("ap")).linkUp, { what: "ap to follow eu" });
    expect(await three.gateway("ap").set("after", "1")).toBe("OK");

    three.cut("us", true);
    await three.agree("eu");
    const { lostWrites } = await three.view("us");
    expect(lostWrites).toMatchObject({ kind: "commands", bytes: lost, commands: 52 });
    const saved = readFileSync(lostWrites!.file, "latin1");
    expect(saved.length).toBe(lost);
    expect(saved.match(/RPUSH/gi)).toHaveLength(50);
    const old = three.direct("us");
    expect(await old.mget("shared", "after", "in-one")).toEqual(["1", "1", null]);
    expect(await old.exists("unshared")).toBe(0);
  },
  120_000,
);

test.skipIf(isMissing)(
  "a primary that was gone, agent and server, comes back as a replica and gives what it had",
  async () => {
    const two = await started("us", "eu");
    await two.gateway("eu").set("shared", "1");
    await two.agree("us");
    await two.stopAgent("us");
    two.cut("us", false);
    await two.direct("us").set("unshared", "1");
    const gone = { to: "eu", force: true, confirmed: true };
    const isDone = async (): Promise<boolean> =>
      two
        .agent("eu")
        .failover(gone)
        .then(
          () => true,
          () => false,
        );
    await waitFor(isDone, { what: "the failover", timeoutMs: 40_000 });
    expect(await two.gateway("eu").set("after", "1")).toBe("OK");
    await two.startAgent("us");
    const client = two.gateway("us");
    let answered: unknown;
    const written = client.set("early", "1").then((reply) => (answered = reply));
    await waitFor(async () => /not known yet/.test((await two.view("us")).held ?? ""), { what: "us to hold writes" });
    expect(answered).toBeUndefined();
    two.cut("us", true);
    await two.agree("eu");
    expect(await written).toBe("OK");
    expect(await two.direct("eu").get("early")).toBe("1");
    expect((await two.view("us")).lostWrites).toMatchObject({ kind: "commands", commands: 1 });
    expect(await two.direct("us").mget("unshared", "after")).toEqual([null, "1"]);
  },
  120_000,
);

test.skipIf(isMissing)(
  "where a restart lost its place in the stream, all data of the old primary are saved",
  async () => {
    const two = await started("us", "eu");
    await two.gateway("eu").set("shared", "1");
    await two.agree("us");
    await two.stopAgent("us");
    two.cut("us", false);
    await two.direct("us").set("unshared", "only here");
    await two.server("us").kill9();
    await two.server("us").restart();
    const gone = { to: "eu", force: true, confirmed: true };
    const isDone = async (): Promise<boolean> =>
      two
        .agent("eu")
        .failover(gone)
        .then(
          () => true,
          () => false,
        );
    await waitFor(isDone, { what: "the failover", timeoutMs: 40_000 });
    two.cut("us", true);
    await two.startAgent("us");
    await two.agree("eu");
    const { lostWrites } = await two.view("us");
    expect(lostWrites).toMatchObject({ kind: "snapshot", commands: null });
    const saved = readFileSync(lostWrites!.file);
    expect([saved.subarray(0, 5).toString(), saved.includes("unshared")]).toEqual(["REDIS", true]);
    expect(saved.length).toBe(lostWrites!.bytes);
    expect(await two.direct("us").exists("unshared")).toBe(0);
  },
  120_000,
);

test.skipIf(isMissing)(
  "a server with data of its own is not made a replica",
  async () => {
    const two = await started("us", "eu");
    await two.stopAgent("eu");
    const eu = two.direct("eu");
    await eu.replicaof("NO", "ONE");
    await eu.call("FUNCTION", "FLUSH");
    await eu.set("mine", "1");
    await two.startAgent("eu");
    const problem = async (): Promise<string> => (await two.agent("eu").status()).regions[0]?.problem ?? "";
    await waitFor(async () => (await problem()).includes("holds"), { what: "a refusal" });
    expect(await eu.get("mine")).toBe("1");
  },
  120_000,
);
