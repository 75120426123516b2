/** SORT, DUMP and RESTORE of the model keyspace against a real server. */
import { expect, test } from "vitest";
import { compareCommand, plain, real } from "./test-support/comparison.js";
import { families, randomCommand, randomRead, type ModelKeyspace } from "./index.js";
import { only, racesWithClock, seededModel, serverUnderTest, withoutServer } from "./test-support/server-under-test.js";

const STEPS = 4000;
const READ_RATE = 0.5;
const server = serverUnderTest();

/** What follows the last BY; undefined without one. */
function patternOf(command: string[]): string | undefined {
  const at = command.map((arg) => arg.toUpperCase()).lastIndexOf("BY");
  return at < 0 ? undefined : command[at + 1];
}

const isSort = (command: string[]): boolean => (command[0] ?? "").startsWith("SORT");

/** A set that is not to be sorted comes in the server's own order, but within a script. */
function runsInScript(command: string[]): boolean {
  const pattern = patternOf(command);
  return isSort(command) && pattern !== undefined && !pattern.includes("*") && !command.includes("STORE");
}

async function compareInScript(model: ModelKeyspace, command: string[]): Promise<void> {
  const [name = "", ...args] = command;
  const there = await real(server.redis, ["EVAL", "return redis.pcall(unpack(ARGV))", "0", ...command]);
  expect(plain(model.pcall(name, ...args)), JSON.stringify(command)).toEqual(there);
}

for (const seed of [1, 2, 3]) {
  test.skipIf(withoutServer)(
    `SORT answers as Redis's, seed ${seed}`,
    async () => {
      await server.redis.flushall();
      const { draw, model } = seededModel(seed);
      const weights = only(families, { sort: 20, counter: 2, string: 1, hash: 2, key: 0.5, ttl: 1 });
      const profile = { keys: 2, clashRate: 0.03, ttl: true, badRate: 0.06, weights };
      for (let step = 0; step < STEPS; step++) {
        const command = (draw.chance(READ_RATE) ? randomRead : randomCommand)(draw, profile);
        if (racesWithClock(command)) continue;
        if (runsInScript(command)) await compareInScript(model, command);
        else await compareCommand(server.redis, model, command);
      }
    },
    120_000,
  );
}

test.skipIf(withoutServer)("sorts texts by texts that BY names", async () => {
  const { model } = seededModel(1);
  await server.redis.flushall();
  const compare = (...command: string[]): Promise<void> => compareCommand(server.redis, model, command);
  await compare("RPUSH", "l0", "1", "2", "3", "4");
  await compare("MSET", "s1", "b", "s2", "a\xff", "s4", "B");
  await compare("SORT", "l0", "BY", "s*", "ALPHA");
  await compare("SORT", "l0", "BY", "s*", "ALPHA", "DESC", "GET", "#", "GET", "s*");
  await compare("SORT", "l0", "BY", "s*", "ALPHA", "LIMIT", "1", "2", "STORE", "l1");
});

test.skipIf(withoutServer)("leaves a sorted set in its large form, which keeps -0", async () => {
  const { model } = seededModel(1);
  await server.redis.flushall();
  for (const sorts of [[], [["SORT", "z0", "ALPHA"]], [["DEL", "z0"]]]) {
    for (const command of [...sorts, ["ZADD", "z0", "-0", "a"], ["ZADD", "z0", "-0", "b"], ["ZSCORE", "z0", "b"]]) {
      await compareCommand(server.redis, model, command);
    }
    await compareCommand(server.redis, model, ["ZREM", "z0", "b"]);
  }
});

test.skipIf(withoutServer)("RESTORE refuses in Redis's order, and DUMP gives back what there was", async () => {
  const { model } = seededModel(1);
  await server.redis.flushall();
  const compare = (...command: string[]): Promise<void> => compareCommand(server.redis, model, command);
  const fillers = [
    ["SET", "s0", "x\0\xff"],
    ["HSET", "h0", "f", "1", "", "\x80"],
    ["SADD", "e0", "a", "1"],
    ["RPUSH", "l0", "a", "", "a"],
    ["ZADD", "z0", "-inf", "a", "0.1", "b", "3e300", "c"],
    ["XADD", "x0", "1-1", "f", "v"],
    ["XGROUP", "CREATE", "x0", "g", "0"],
    ["XADD", "x0", "1-2", "f", "v"],
    ["XREADGROUP", "GROUP", "g", "c", "COUNT", "1", "STREAMS", "x0", ">"],
    ["XDEL", "x0", "1-1"],
  ];
  for (const command of fillers) await compare(...command);

  const dumps = [String(await real(server.redis, ["DUMP", "s0"])), String(model.call("DUMP", "s0"))];
  const restoreBoth = async (key: string, ttl: string, spoil: (payload: string) => string, ...options: string[]) => {
    const payloads = dumps.map(spoil);
    const there = await real(server.redis, ["RESTORE", key, ttl, payloads[0] ?? "", ...options]);
    const here = plain(model.pcall("RESTORE", key, ttl, payloads[1] ?? "", ...options));
    expect(here, JSON.stringify([key, ttl, options])).toEqual(there);
    await compare("EXISTS", key);
  };
  const optionChoices = [
    [],
    ["REPLACE"],
    ["replace", "absttl"],
    ["IDLETIME", "5", "REPLACE"],
    ["IDLETIME", "-1"],
    ["IDLETIME", "5", "FREQ", "5"],
    ["FREQ", "256"],
    ["FREQ", "x"],
    ["FREQ", "5", "REPLACE"],
    ["FREQ"],
    ["BAD"],
  ];
  const spoils = [(payload: string) => payload, () => "", (payload: string) => `${payload}x`];
  for (const key of ["s0", "b0"]) {
    for (const ttl of ["0", "-1", "x", "100000", "9000000000000"]) {
      for (const spoil of spoils) for (const options of optionChoices) await restoreBoth(key, ttl, spoil, ...options);
    }
  }
  await compare("DUMP", "nothing");
  await compare("SET", "s0", "x\0\xff");

  for (const key of ["s0", "h0", "e0", "l0", "z0", "x0"]) {
    for (const call of [
      async (...command: string[]) => real(server.redis, command),
      async (name: string, ...args: string[]) => plain(model.pcall(name, ...args)),
    ]) {
      const payload = String(await call("DUMP", key));
      await call("DEL", key);
      expect(await call("RESTORE", key, "0", payload)).toBe("OK");
    }
    await compare("TYPE", key);
  }
  await compare("XINFO", "GROUPS", "x0");
  await compare("XPENDING", "x0", "g");
  await compare("XADD", "x0", "1-1", "f", "v");
});
