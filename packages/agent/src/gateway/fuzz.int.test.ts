/**
 * The gateway between clients that do everything wrong and a real server with the real function library. Beside them work
 * others that know each reply that they are to get (test-support/fuzz-teller.ts).
 *
 * What must hold: nobody gets what is another's, or waits for what never comes; nothing is left of who has gone, neither
 * here nor on the server; memory is what it was; and broken bytes are answered as Redis answers them.
 *
 * SEED repeats a run (the order in which sockets get their turns is the machine's), MERIDIAN_FUZZ_STEPS makes it longer.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { findServerBinary, startEngine, type Engine } from "@meridian/engine";
import { type SeededRandom, seededRandom, type SpawnedRedis, spawnRedis, testSeed, waitFor } from "@meridian/testkit";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Gateway, startGateway } from "./index.js";
import { badBytes, DAMAGED_KEYS, validPipeline } from "./test-support/fuzz-bytes.js";
import { MANNERS, Teller } from "./test-support/fuzz-teller.js";
import { vandalize } from "./test-support/fuzz-vandals.js";
import { command, rawClient, type RawClient } from "./test-support/raw-client.js";

const SEED = testSeed();
const STEPS = Number(process.env["MERIDIAN_FUZZ_STEPS"] ?? 400);
/** Per step; the machine may be busy. */
const STEP_MS_MAX = 200;
const TEST_MS_MAX = 60_000 + STEPS * STEP_MS_MAX;
const TELLERS = 9;
const VANDALS_AT_ONCE = 6;
const BYTES_LEFT_MAX = 24 * 1024 * 1024;

/** What Redis holds for a client before it makes a list of it. */
const REPLY_BYTES = 16 * 1024;
const LINE_BYTES_MAX = 60_000;
const FORGET = command("DEL", ...DAMAGED_KEYS);

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** In WebAssembly the servers share this process with those who wait for them. */
const native = await findServerBinary();

let engine: Engine;
let plain: SpawnedRedis;
let server: Redis;
let gateway: Gateway;

beforeAll(async () => {
  engine = await startEngine({ region: "eu", regions: ["eu", "us"] });
  plain = await spawnRedis();
  const upstream = { host: engine.host, port: engine.port };
  gateway = await startGateway({ listen: { host: "127.0.0.1", port: 0 }, upstream, root: engine.root });
  server = new Redis(engine.port, engine.host);
}, 30_000);

afterEach(async () => {
  const isRid = (): boolean => gateway.stats().clientsConnected === 0 && gateway.stats().clientsWaiting === 0;
  await waitFor(isRid, { what: "the gateway to be rid of all clients" });
});

afterAll(async () => {
  server.disconnect();
  await gateway.stop();
  await Promise.all([engine.stop(), plain.stop()]);
});

/** What comes back for these bytes, of a client that sends nothing more. */
async function answerTo(port: number, pieces: readonly Buffer[], taken?: () => number): Promise<string> {
  const raw = rawClient(port);
  for (const piece of pieces) {
    const before = taken?.() ?? 0;
    raw.send(piece);
    while (taken !== undefined && piece.length > 0 && !raw.closed && taken() - before < piece.length) await nextTurn();
  }
  raw.socket.end();
  await closed(raw);
  return raw.received;
}

function closed(raw: RawClient): Promise<true> {
  return waitFor(() => raw.closed, { what: "the connection to be closed", intervalMs: 1 });
}

/**
 * Undefined, or changed, where Redis itself is of two minds: a line that is too long it takes if all of it came at once, a
 * line without an end it may judge or not, and in a command of one line it sees no end after a zero byte. Before it closes who speaks HTTP it may have given replies or not.
 */
function comparable(bytes: Buffer): Buffer | undefined {
  const text = `${bytes.toString("latin1").replaceAll("\0", "\u0001")}\r\n`;
  if (/POST|HOST:/i.test(text) || text.split("\n").some((line) => line.length > LINE_BYTES_MAX)) return undefined;
  return Buffer.from(text, "latin1");
}

async function serverConnections(): Promise<number> {
  return String(await server.client("LIST"))
    .trim()
    .split("\n").length;
}

async function bytesHeld(): Promise<number> {
  for (let times = 0; times < 3; times++) {
    collectGarbage();
    await nextTurn();
  }
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return arrayBuffers + heapUsed;
}

async function work(tellers: readonly Teller[], random: SeededRandom): Promise<void> {
  let left = STEPS;
  const disturb = async (own: SeededRandom): Promise<void> => {
    while (left-- > 0) await vandalize(gateway.port, own);
  };
  const tell = async (teller: Teller): Promise<void> => {
    while (left > 0) await teller.round();
  };
  await Promise.all([...Array.from({ length: VANDALS_AT_ONCE }, () => disturb(random.fork())), ...tellers.map(tell)]);
}

describe(`with SEED=${SEED} MERIDIAN_FUZZ_STEPS=${STEPS}`, () => {
  test.skipIf(native === undefined)(
    "who behaves gets just what is its own, while others do not; nothing is left of those",
    async () => {
      const random = seededRandom(SEED);
      const refusal = await answerTo(gateway.port, [command("MOVE", "key", "1")]);
      // The connection that tells of keys is made when somebody waits, and stays.
      await answerTo(gateway.port, [command("BLPOP", "key", "0.01"), command("PING")]);
      expect(refusal).toMatch(/^-MERIDIAN_UNSUPPORTED 'MOVE'/);
      const tellers = Array.from(
        { length: TELLERS },
        (_, at) => new Teller(gateway.port, `t${at}`, random.fork(), refusal, MANNERS[at % MANNERS.length] ?? "plain"),
      );
      for (const teller of tellers) await teller.begin();
      for (const teller of tellers) await teller.round();
      await waitFor(() => gateway.stats().clientsConnected === TELLERS, { what: "only them to be there" });
      const [connectionsBefore, bytesBefore] = [await serverConnections(), await bytesHeld()];
      await work(tellers, random);
      await waitFor(() => gateway.stats().clientsConnected === TELLERS, { what: "only them to be left" });
      await waitFor(async () => (await serverConnections()) <= connectionsBefore, {
        what: "the server to have no more connections than before",
      });
      expect((await bytesHeld()) - bytesBefore).toBeLessThan(BYTES_LEFT_MAX);
      await Promise.all(tellers.map((teller) => teller.close()));
      expect(await server.exists("after:error")).toBe(0);
      expect(tellers.every(({ rounds }) => rounds > 5)).toBe(true);
    },
    TEST_MS_MAX,
  );

  test.skipIf(native === undefined)(
    "broken bytes get the same replies, and the same end, as with plain Redis",
    async () => {
      const random = seededRandom(SEED);
      const ports = [gateway.port, plain.port] as const;
      for (let step = 0; step < STEPS; step++) {
        const bytes = comparable(badBytes(random));
        if (bytes === undefined) continue;
        await Promise.all(ports.map((port) => answerTo(port, [FORGET])));
        const [ours = "", theirs = ""] = await Promise.all(ports.map((port) => answerTo(port, [bytes])));
        if (ours.includes("-MERIDIAN_")) continue;
        // Of a client that says it sends no more, Redis drops the replies that it could not write at once.
        const same = ours === theirs || (theirs.length > REPLY_BYTES && ours.startsWith(theirs));
        if (!same) expect({ step, bytes: bytes.toString("latin1"), reply: ours }).toEqual({ step, reply: theirs });
      }
    },
    TEST_MS_MAX,
  );
});

test.skipIf(native === undefined)("a pipeline gets the same replies wherever it is cut in two", async () => {
  const bytes = Buffer.concat([
    validPipeline(seededRandom(1), 30),
    command("MULTI"),
    command("INCR", "cut"),
    command("MOVE", "cut", "1"),
    Buffer.from("DISCARD\r\n"),
    command("BLPOP", "cut:none", "0.001"),
    command("EVAL", "return {ARGV[1]}", "0", "x"),
  ]);
  const taken = (): number => gateway.stats().bytesFromClients;
  const whole = await answerTo(gateway.port, [bytes]);
  for (let at = 1; at < bytes.length; at++) {
    expect([at, await answerTo(gateway.port, [bytes.subarray(0, at), bytes.subarray(at)], taken)]).toEqual([at, whole]);
  }
});

describe("what was found once", () => {
  test.skipIf(native === undefined)(
    "a client that says in the middle of a large command that no more comes is closed",
    async () => {
      const begun = Buffer.concat([
        command("PING"),
        Buffer.from(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$200000\r\n${"x".repeat(150_000)}`),
      ]);
      expect(await answerTo(gateway.port, [begun])).toBe("+PONG\r\n");
    },
  );

  test.skipIf(native === undefined)(
    "what is broken after a large command's beginning is told, though the client sends no more",
    async () => {
      const broken = Buffer.from(`*9\r\n$4\r\nPING\r\n$100000\r\n${"x".repeat(100_000)}\r\n:1\r\n`);
      const [ours, theirs] = [await answerTo(gateway.port, [broken]), await answerTo(plain.port, [broken])];
      expect(ours).toBe(theirs);
      expect(ours).toContain("expected '$', got ':'");
    },
  );

  test.skipIf(native === undefined)("a vertical tab within a typed word is part of it", async () => {
    const line = Buffer.from("echo a\vb\r\n");
    expect(await answerTo(gateway.port, [line])).toBe("$3\r\na\vb\r\n");
  });

  test.skipIf(native === undefined)(
    "a count of arguments to which a function call's own cannot be added is refused as too large",
    async () => {
      const text = await answerTo(gateway.port, [Buffer.from(`*2147483647\r\n${"$4\r\nMSET\r\n".repeat(20_000)}`)]);
      expect(text).toBe("-ERR Protocol error: invalid multibulk length\r\n");
    },
  );

  test.skipIf(native === undefined)(
    "many small commands within MULTI count for what they take, not for their few bytes",
    async () => {
      const upstream = { host: engine.host, port: engine.port };
      const limits = { commandBytesMax: 1024 * 1024 };
      const small = await startGateway({ listen: { host: "127.0.0.1", port: 0 }, upstream, root: engine.root, limits });
      const pings = Buffer.concat(Array.from({ length: 2500 }, () => command("PING")));
      const text = await answerTo(small.port, [command("MULTI"), pings, command("EXEC"), command("PING")]);
      expect(text.split("+QUEUED").length - 1).toBeLessThan(2048);
      expect(text).toContain("-ERR the commands of a transaction take more than 1048576 bytes");
      expect(text).toMatch(/-EXECABORT [^\r]*\r\n\+PONG\r\n$/);
      await small.stop();
    },
  );
});
