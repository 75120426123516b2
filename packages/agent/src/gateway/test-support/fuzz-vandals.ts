/**
 * Clients that misbehave, each in its own way, and go: politely, abruptly, or when the gateway is rid of them. Each resolves
 * when it is gone. None does what would disturb others on a plain Redis (CLIENT KILL, FLUSHALL and the like).
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type SeededRandom, waitFor } from "@meridian/testkit";
import { anyCommands, badBytes, damaged, inlineJunk, junk, lyingCounts, nested, validPipeline } from "./fuzz-bytes.js";
import { sendInPieces } from "./fuzz-cuts.js";
import { command } from "./raw-client.js";

type Bytes = (random: SeededRandom) => Buffer;

type Vandal = (port: number, random: SeededRandom) => Promise<void>;

const LARGE_KEY = "vandal:large";
const LARGE_BYTES = 300_000;
const GONE_MS_MAX = 20_000;

/** Who did nothing wrong in what it sent gets all its replies, also after it said that it sends no more. */
const END = "-- the end --";

async function open(port: number): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port });
  socket.on("error", () => undefined); // a reset shows as closed
  await once(socket, "connect");
  return socket;
}

/** However it comes about. */
function closeOf(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.once("close", resolve));
}

async function leave(socket: Socket, random: SeededRandom): Promise<void> {
  for (let turns = random.integer(0, 20); turns > 0; turns--) await nextTurn();
  if (socket.closed) return;
  const closed = closeOf(socket);
  const way = random.pick(["end", "destroy", "reset"]);
  if (way === "reset") socket.resetAndDestroy();
  else if (way === "destroy") socket.destroy();
  else socket.end();
  socket.resume();
  await closed;
}

/** Sends these bytes, reading or not what comes back, and goes. */
function sending(bytes: Bytes): Vandal {
  return async (port, random) => {
    const socket = await open(port);
    if (random.chance(0.7)) socket.resume();
    await sendInPieces(socket, bytes(random), random);
    await leave(socket, random);
  };
}

const connectsOnly: Vandal = async (port, random) => {
  const sockets = await Promise.all(Array.from({ length: random.integer(1, 20) }, () => open(port)));
  await Promise.all(sockets.map((socket) => leave(socket, random)));
};

/** Asks for far more than sockets hold, and reads none of it. */
const neverReads: Vandal = async (port, random) => {
  const socket = await open(port);
  socket.write(command("SET", LARGE_KEY, "v".repeat(LARGE_BYTES)));
  const one = random.pick([
    command("GET", LARGE_KEY),
    command("MGET", LARGE_KEY, LARGE_KEY),
    command("EVAL", "return redis.call('GET', KEYS[1])", "1", LARGE_KEY),
  ]);
  socket.write(Buffer.concat(Array.from({ length: random.integer(10, 60) }, () => one)));
  await leave(socket, random);
};

/** Megabytes of commands, of which the replies are small, without reading any. */
const sendsOnly: Vandal = async (port, random) => {
  const socket = await open(port);
  const block = Buffer.concat(Array.from({ length: 2000 }, () => validPipeline(random, 2)));
  for (let times = random.integer(1, 4); times > 0; times--) socket.write(block);
  await leave(socket, random);
};

const halfCloses: Vandal = async (port, random) => {
  const socket = await open(port);
  let received = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => (received = Buffer.concat([received, chunk])));
  const bytes = Buffer.concat([validPipeline(random, 40), command("ECHO", END)]);
  await sendInPieces(socket, bytes, random);
  const closed = closeOf(socket);
  socket.end();
  await closed;
  if (!received.toString("latin1").endsWith(`${END}\r\n`)) {
    throw new Error(`of a client that half closed, replies were lost after ${received.length} bytes`);
  }
};

/** What a command begins, another ends, which never comes. */
const leavesOpen = sending((random) => {
  const key = `open:${random.integer(0, 2)}`;
  const begun = random.pick([
    [command("MULTI"), validPipeline(random, 40)],
    [command("WATCH", key), command("MULTI"), command("SET", key, "x")],
    [command("MULTI"), command("NOSUCH"), command("MULTI"), validPipeline(random)],
    [command("SUBSCRIBE", key), command("PSUBSCRIBE", "open:*"), validPipeline(random)],
    [command("SSUBSCRIBE", key), command("SET", key, "x")],
    [command("MONITOR"), validPipeline(random)],
    [command("CLIENT", "NO-TOUCH", "ON"), validPipeline(random)],
    [command("CLIENT", "TRACKING", "ON"), validPipeline(random)],
    [command("AUTH", "nobody", "knows"), validPipeline(random)],
    [command("RESET"), command("MULTI"), command("RESET"), validPipeline(random)],
    [command("HELLO", random.pick(["2", "3", "4", "x"])), validPipeline(random)],
    [command("CLIENT", "REPLY", random.pick(["OFF", "SKIP", "ON", "x"])), validPipeline(random)],
    [command("HELLO", "3"), command("SUBSCRIBE", key), command("PUBLISH", key, "x"), validPipeline(random)],
    [command("PUBLISH", key, "x".repeat(random.pick([1, 100_000])))],
  ]);
  return Buffer.concat(begun);
});

/** Others push to the same few keys, so that some wait, some get something, and some go in that moment. */
const waits = sending((random) => {
  const key = `wait:${random.integer(0, 2)}`;
  const timeout = random.pick(["0", "0.01", "1"]);
  const waiting = random.pick([
    command("BLPOP", key, "wait:none", timeout),
    command("BRPOPLPUSH", key, "wait:0", timeout),
    command("BLMOVE", key, "wait:1", "LEFT", "LEFT", timeout),
    command("BZPOPMIN", `${key}:z`, timeout),
    command("XREAD", "BLOCK", "10", "STREAMS", `${key}:x`, "$"),
    command("LPUSH", key, "a", "b", "c"),
    command("ZADD", `${key}:z`, "1", "a"),
    Buffer.concat([command("LPOP", key, "10"), command("DEL", `${key}:x`)]),
  ]);
  return Buffer.concat([
    random.chance(0.3) ? validPipeline(random, 3) : Buffer.alloc(0),
    waiting,
    validPipeline(random),
  ]);
});

/** The connection breaks somewhere within. */
const breaksOff: Vandal = async (port, random) => {
  const socket = await open(port);
  const whole = random.chance(0.2)
    ? command("SET", "broken", "v".repeat(random.integer(1, 500_000)))
    : validPipeline(random, 30);
  await sendInPieces(socket, whole.subarray(0, random.integer(1, whole.length)), random);
  socket.resetAndDestroy();
  if (!socket.closed) await closeOf(socket);
};

/** After a protocol error nothing is executed, and the gateway closes. */
const goesOnAfterError: Vandal = async (port, random) => {
  const socket = await open(port);
  socket.resume();
  socket.write("*1\r\n:1\r\n");
  while (!socket.closed && !socket.destroyed) {
    socket.write(command("SET", "after:error", "x"));
    await nextTurn();
  }
  await waitFor(() => socket.closed, { what: "the gateway to close who broke the protocol" });
  await leave(socket, random);
};

const vandals: Readonly<Record<string, Vandal>> = {
  junk: sending(junk),
  damaged: sending(damaged),
  lyingCounts: sending(lyingCounts),
  nested: sending(nested),
  inlineJunk: sending(inlineJunk),
  badBytes: sending(badBytes),
  anyCommands: sending(anyCommands),
  anyCommandsOfThree: sending((random) => Buffer.concat([command("HELLO", "3"), anyCommands(random)])),
  connectsOnly,
  neverReads,
  sendsOnly,
  halfCloses,
  leavesOpen,
  leavesOpenToo: leavesOpen,
  waits,
  waitsToo: waits,
  breaksOff,
  goesOnAfterError,
};

/** One of them comes, and is gone again when this resolves. */
export async function vandalize(port: number, random: SeededRandom): Promise<void> {
  const name = random.pick(Object.keys(vandals));
  let gone: "gone" | { error: unknown } | undefined;
  void vandals[name]?.(port, random).then(
    () => (gone = "gone"),
    (error: unknown) => (gone = { error }),
  );
  await waitFor(() => gone, { what: `a vandal to be gone: ${name}`, timeoutMs: GONE_MS_MAX, intervalMs: 1 });
  if (gone !== undefined && gone !== "gone") throw new Error(name, { cause: gone.error });
}
