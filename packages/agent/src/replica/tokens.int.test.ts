/** A token that names what a server lost: it is waited for, told of, and counts as held when all agree that it can't come. */
import { decodeToken, type Token } from "@meridian/core";
import { findServerBinary } from "@meridian/engine";
import { spawnRedis, waitFor, type SpawnedRedis } from "@meridian/testkit";
import { afterEach, expect, test } from "vitest";
import { Regions } from "./test-support/regions.js";

const skipped = (await findServerBinary()) === undefined;
if (skipped) console.warn("SKIPPED: no valkey-server or redis-server on the PATH");
const LONG_MS = 60_000;
const LIMITS = { foldAfterMs: 200, foldEveryMs: 50 };
const never = new AbortController().signal;
let regions: Regions | undefined;
let server: SpawnedRedis | undefined;

afterEach(async () => {
  await regions?.stop();
  await server?.stop();
});

test.skipIf(skipped)(
  "what a restart lost is told when the time is over, and is folded away in the end",
  async () => {
    const killed = await spawnRedis(); // keeps nothing over a kill
    server = killed;
    regions = await Regions.start(["a", "b"], (name) => (name === "a" ? { url: killed.url } : {}), { limits: LIMITS });
    await regions.linksUp();
    const [a, b] = [regions.get("a"), regions.get("b")];
    const tokenOf = async (region: typeof a): Promise<Token> =>
      decodeToken(await region.replication.token()) ?? new Map();
    const waitAt = async (region: typeof a, token: Token, timeoutMs: number) =>
      region.replication.waitForToken({ token, timeoutMs }, never);

    await a.engine.call("SET", "k", "reached b");
    const early = await tokenOf(a);
    expect(await waitAt(b, early, LONG_MS)).toEqual({ holds: true });
    await regions.cut("a", "b");
    await a.engine.call("SET", "k", "lost");
    const lost = await tokenOf(a);
    expect(await waitAt(a, lost, 0)).toEqual({ holds: true });
    expect(await waitAt(b, lost, 30)).toEqual({ holds: false });
    await killed.kill9();
    await killed.restart();
    const [origin = ""] = [...([...lost.values()][0]?.keys() ?? [])].filter((name) => name.startsWith("a~"));
    const isAnother = async (): Promise<boolean> =>
      !String(((await a.engine.call("state").catch(() => [])) as unknown[])[2] ?? origin).includes(origin);
    await waitFor(isAnother, { what: "a new incarnation", timeoutMs: 20_000 });
    expect(await waitAt(a, lost, 30)).toEqual({ holds: false, lost: origin });
    expect(await waitAt(b, lost, 30)).toEqual({ holds: false }); // it has not heard of it
    const waiting = waitAt(b, lost, LONG_MS);
    regions.mend("a", "b");
    expect(await waitAt(a, early, LONG_MS)).toEqual({ holds: true }); // b gave it back
    await a.engine.call("SET", "k", "anew");
    expect(await waitAt(b, await tokenOf(a), LONG_MS)).toEqual({ holds: true });
    expect(await waiting).toEqual({ holds: true });
    expect(await waitAt(a, lost, LONG_MS)).toEqual({ holds: true });
    expect(await b.engine.redis.get("k")).toBe("anew");
  },
  120_000,
);
