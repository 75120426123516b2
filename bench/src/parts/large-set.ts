/**
 * One set of millions of members: what an operation on it costs, what a member takes, and how long its removal keeps the
 * server from everybody else. Once: building it takes the time, and nothing here is a matter of luck.
 *
 * How long the others waited is seen by one of them: a client that sends PING after PING meanwhile.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { BenchError } from "../errors.js";
import { limits } from "../limits.js";
import { LoadConnection } from "../load/connection.js";
import { encodeCommand } from "../load/template.js";
import { residentBytesOf } from "../world/cpu.js";
import { functionCall, standingOf, trimOwnLog, type MeridianServer, type PlainServer } from "../world/servers.js";
import { type BenchContext, rounded } from "./context.js";
import { settledMemory } from "./memory.js";
import { usedBy, withWorld, type Edit, type SizeFigure, type SizeWorld } from "./size-world.js";

export interface LargeSetMeasure {
  readonly members: number;
  readonly operations: readonly SizeFigure[];
  /** Growth of `used_memory` by the number of members; the region's log is trimmed. */
  readonly bytesEach: { readonly plain: number; readonly region: number };
  readonly removals: readonly Removal[];
}

export interface Removal {
  readonly what: string;
  /** Of the server's main thread. */
  readonly cpuMs: number;
  /** The longest that another client waited for a reply. */
  readonly blockedMs: number;
  /** By how much the server's process grew at most meanwhile. */
  readonly grownBytes: number;
}

const KEY = "set";
const COPY = "copy";
const FILL = 1000;
const TIMES = 200;
/** Whoever waits for a function of more than five seconds would get an error instead. */
const NEVER_BUSY = ["busy-reply-threshold", "0"] as const;
/** Calls of the filling after which the entries are carried over and cut. */
const CALLS = 200;

export function measureLargeSet(context: BenchContext): Promise<LargeSetMeasure> {
  const { setMembers: members } = context.sizes;
  return withWorld(async (world) => {
    for (const { admin } of [world.plain, world.here, world.there]) await admin.config("SET", ...NEVER_BUSY);
    context.progress(`set: filling it with ${members} members, plain and in two regions`);
    const bytesEach = await fill(world, members);
    context.progress("set: operations");
    const operations: SizeFigure[] = [];
    for (const edit of edits) operations.push(...(await world.edit(edit)));
    operations.push(...(await world.read(lookUp)));
    context.progress("set: removals");
    return { members, operations, bytesEach, removals: await removals(world, members) };
  });
}

const edits: readonly Edit[] = [
  { name: "SADD of a new member", times: TIMES, commands: (time) => [["SADD", KEY, `new ${time}`]] },
  { name: "SREM", times: TIMES, commands: (time) => [["SREM", KEY, memberAt(time)]] },
  { name: "SPOP", times: TIMES, commands: () => [["SPOP", KEY]] },
];
const lookUp: Edit = {
  name: "SISMEMBER",
  times: TIMES,
  commands: (time) => [["SISMEMBER", KEY, memberAt(TIMES + time)]],
};

function memberAt(number: number): string {
  return `member ${number}`;
}

/** Returns the bytes of a member. */
async function fill(world: SizeWorld, members: number): Promise<LargeSetMeasure["bytesEach"]> {
  const { plain, here } = world;
  const before = [await settledMemory(plain), await settledMemory(here)] as const;
  for (let from = 0; from < members; from += CALLS * FILL) {
    const to = Math.min(from + CALLS * FILL, members);
    const commands = [...additions(from, to)];
    await Promise.all([
      sendAll(plain, commands),
      sendAll(
        here,
        commands.map((command) => functionCall(here.engine, command)),
      ),
    ]);
    await world.deliver(here, world.there);
    await trimLogs(world);
  }
  const after = [await settledMemory(plain), await settledMemory(here)] as const;
  return { plain: rounded((after[0] - before[0]) / members, 1), region: rounded((after[1] - before[1]) / members, 1) };
}

function* additions(from: number, to: number): Generator<string[]> {
  for (let at = from; at < to; at += FILL) {
    yield ["SADD", KEY, ...Array.from({ length: Math.min(FILL, to - at) }, (_, place) => memberAt(at + place))];
  }
}

async function sendAll({ port }: PlainServer, commands: readonly (readonly string[])[]): Promise<void> {
  const connection = await LoadConnection.open(port);
  try {
    for (const command of commands) await connection.send(encodeCommand(command), 1);
  } finally {
    connection.close();
  }
}

/** Both regions hold the entries: neither needs them any more. */
async function trimLogs({ here, there }: SizeWorld): Promise<void> {
  const { ownOrigin, lastStamp } = await standingOf(here.engine);
  await trimOwnLog(here.engine);
  await there.engine.call("trim", ownOrigin, lastStamp);
}

/** So many writes to other keys crossed the removal, or fewer to a smaller set. */
const CROSSING_MAX = 10_000;

/** What all others wait for while it goes; in the other region its author had not seen what was written there meanwhile. */
async function removals(world: SizeWorld, members: number): Promise<Removal[]> {
  const { plain, here, there } = world;
  await plain.admin.copy(KEY, COPY);
  const removed = [
    await removal("DEL, plain Redis", plain, () => plain.admin.del(KEY)),
    await removal("UNLINK, plain Redis", plain, () => plain.admin.unlink(COPY)),
  ];
  await world.run(there, ["SADD", KEY, "unseen"]);
  const crossing = Math.min(CROSSING_MAX, Math.floor(members / 100));
  for (let at = 0; at < crossing; at++) await world.run(there, ["SET", `other ${at}`, "value"]);
  removed.push(
    await removal("DEL or UNLINK in a region", here, () => world.run(here, ["DEL", KEY])),
    await removal(`the same applied in another, an addition and ${crossing} other writes unseen`, there, () =>
      world.deliver(here, there),
    ),
  );
  await world.deliver(there, here);
  await checkLeft([here, there]);
  return removed;
}

async function checkLeft(regions: readonly MeridianServer[]): Promise<void> {
  for (const { admin } of regions) {
    const left = await admin.smembers(KEY);
    if (left.join() !== "unseen")
      throw new BenchError("BENCH_NOTAPPLIED", { reply: `${left.length} members are left` });
  }
}

async function removal(what: string, server: PlainServer, action: () => Promise<unknown>): Promise<Removal> {
  const { port, pid } = server;
  const connection = await LoadConnection.open(port);
  const before = residentBytesOf(pid);
  let grownBytes = 0;
  const probe = setInterval(
    () => (grownBytes = Math.max(grownBytes, residentBytesOf(pid) - before)),
    limits.memoryProbeMs,
  );
  try {
    let blockedMs = 0;
    const cpuUs = await usedBy(server, 1, async () => {
      blockedMs = await longestWaitMs(connection, action);
    });
    return { what, cpuMs: rounded(cpuUs / 1000, 1), blockedMs, grownBytes };
  } finally {
    clearInterval(probe);
    connection.close();
  }
}

async function longestWaitMs(connection: LoadConnection, action: () => Promise<unknown>): Promise<number> {
  const ping = encodeCommand(["PING"]);
  let [longestMs, hasEnded] = [0, false];
  const acting = action().finally(() => (hasEnded = true));
  acting.catch(() => undefined); // seen where it is awaited
  do {
    const sentMs = performance.now();
    await connection.send(ping, 1);
    longestMs = Math.max(longestMs, performance.now() - sentMs);
    await nextTurn();
  } while (!hasEnded);
  await acting;
  return rounded(longestMs, 1);
}
