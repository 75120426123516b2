/** Who waits for a token: one question for all, also where partitions are slots, and an end in every case. */
import { decodeToken, type Token, WHOLE_SERVER } from "@meridian/core";
import type { Engine } from "@meridian/engine";
import { expect, test } from "vitest";
import { TokenWaits } from "./token-waits.js";

const never = new AbortController().signal;
const [EU, US] = ["eu~000000000001", "us~000000000001"];
const at = (stamp: number, partition = WHOLE_SERVER): Token => new Map([[partition, new Map([[EU, stamp]])]]);

/** A server, or one for each slot, that stands where it is told to, and counts what is asked at once. */
function server(isWhole: boolean) {
  const standing = new Map<number, number>();
  const seen = { asked: 0, atOnce: 0, most: 0 };
  const state = async (partition: number): Promise<unknown> => {
    seen.asked++;
    seen.most = Math.max(seen.most, ++seen.atOnce);
    const stamp = standing.get(partition) ?? 0;
    await new Promise((resolve) => setImmediate(resolve));
    seen.atOnce--;
    return [3, "us", US, "0", "0", [EU, String(stamp)]];
  };
  const engine = isWhole
    ? { call: () => state(WHOLE_SERVER) }
    : { slots: { call: (slot: number) => state(slot) }, call: () => Promise.reject(new Error("no whole server")) };
  return { seen, standing, waits: new TokenWaits(engine as unknown as Engine, () => ["us", "eu"]) };
}

test("a hundred wait, and one asks", async () => {
  const { seen, standing, waits } = server(true);
  const waiting = Array.from({ length: 100 }, (_, index) =>
    waits.wait({ token: at(1 + index), timeoutMs: 60_000 }, never),
  );
  for (let stamp = 10; stamp <= 100; stamp += 10) {
    standing.set(WHOLE_SERVER, stamp);
    waits.progressed();
    expect(await waiting[stamp - 1]).toEqual({ holds: true });
  }
  expect(await Promise.all(waiting)).toEqual(Array.from({ length: 100 }, () => ({ holds: true })));
  expect(seen.most).toBe(1);
  expect(seen.asked).toBeLessThan(100);
});

test("in hash slots: those of the token are asked for, and a token of the whole is another deployment's", async () => {
  const { standing, waits } = server(false);
  standing.set(7, 5).set(9, 1);
  expect(decodeToken(await waits.read([7, 9]))).toEqual(new Map([...at(5, 7), ...at(1, 9)]));
  await expect(waits.read()).rejects.toThrow(/slots/);
  expect(await waits.wait({ token: at(5, 7), timeoutMs: 0 }, never)).toEqual({ holds: true });
  expect(await waits.wait({ token: at(5, 9), timeoutMs: 0 }, never)).toEqual({ holds: false });
  const many: Token = new Map(Array.from({ length: 100 }, (_, slot) => [slot, new Map([[EU, 5]])]));
  const waiting = waits.wait({ token: many, timeoutMs: 60_000 }, never);
  for (let slot = 0; slot < 100; slot++) standing.set(slot, 5);
  expect(await waiting).toEqual({ holds: true });
  expect(await waits.wait({ token: at(1), timeoutMs: 0 }, never)).toEqual({ holds: false, isForeign: true });
  expect(await server(true).waits.wait({ token: at(1, 7), timeoutMs: 0 }, never)).toMatchObject({ isForeign: true });
});

test("the end comes by the time, by the signal, and where the server is away", async () => {
  const { waits } = server(true);
  expect(await waits.wait({ token: at(5), timeoutMs: 1 }, never)).toEqual({ holds: false });
  const leaving = new AbortController();
  const left = waits.wait({ token: at(5), timeoutMs: 60_000 }, leaving.signal);
  leaving.abort();
  expect(await left).toEqual({ holds: false });
  const unknown = new Map([[WHOLE_SERVER, new Map([["mars~000000000001", 1]])]]);
  expect(await waits.wait({ token: unknown, timeoutMs: 0 }, never)).toEqual({
    holds: false,
    lost: "mars~000000000001",
  });
  const away = new TokenWaits(
    { call: () => Promise.reject(new Error("away")) } as unknown as Engine,
    () => ["us", "eu"],
    20,
  );
  await expect(away.wait({ token: at(5), timeoutMs: 1 }, never)).rejects.toThrow(/did not say/);
  await expect(away.read()).rejects.toThrow("away");
});
