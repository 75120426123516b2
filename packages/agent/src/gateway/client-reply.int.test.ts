/** CLIENT REPLY through the gateway: replies that are not wanted do not come, and those that are belong to their commands. */
import { startEngine, type Engine } from "@meridian/engine";
import { waitFor } from "@meridian/testkit";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Gateway, startGateway } from "./index.js";
import { command, rawClient, type RawClient } from "./test-support/raw-client.js";

let engine: Engine;
let gateway: Gateway;
let redis: Redis;
const raws: RawClient[] = [];

function open(): RawClient {
  const raw = rawClient(gateway.port);
  raws.push(raw);
  return raw;
}

/** Commands, each a line, all in one piece or each in its own. */
async function expectReplies(lines: readonly string[], expected: string): Promise<void> {
  for (const isWhole of [true, false]) {
    await redis.flushall();
    const raw = open();
    raw.socket.setNoDelay(true);
    const pieces = lines.map((line) => command(...line.split(" ")));
    for (const piece of isWhole ? [Buffer.concat(pieces)] : pieces) {
      raw.send(piece);
      if (!isWhole) await new Promise((resolve) => setImmediate(resolve));
    }
    await waitFor(() => raw.received.length >= expected.length || raw.closed, {
      what: `replies to ${lines.join(", ")}`,
    });
    expect(raw.received).toBe(expected);
    raw.close();
  }
}

beforeAll(async () => {
  engine = await startEngine({ region: "eu", regions: ["eu", "us"] });
  const upstream = { host: engine.host, port: engine.port };
  gateway = await startGateway({ listen: { host: "127.0.0.1", port: 0 }, upstream, root: engine.root });
  redis = new Redis(gateway.port);
}, 30_000);

afterEach(() => {
  for (const raw of raws.splice(0)) raw.close();
});

afterAll(async () => {
  redis.disconnect();
  await gateway.stop();
  await engine.stop();
});

test("OFF until ON", () =>
  expectReplies(
    ["SET k 1", "CLIENT REPLY OFF", "INCR k", "GET k", "NOSUCH", "INCR k", "MOVE k 1", "CLIENT REPLY ON", "GET k"],
    "+OK\r\n+OK\r\n$1\r\n3\r\n",
  ));

test("SKIP is for the next command alone", () =>
  expectReplies(
    [
      "CLIENT REPLY SKIP",
      "SET k 1",
      "INCR k",
      "CLIENT REPLY SKIP",
      "GET k",
      "GET k",
      "CLIENT REPLY SKIP",
      "NOSUCH",
      "PING",
    ],
    ":2\r\n$1\r\n2\r\n+PONG\r\n",
  ));

test("what subscriptions say comes all the same", async () => {
  const said = ["subscribe", "unsubscribe"].map((name, left) => {
    return `*3\r\n$${name.length}\r\n${name}\r\n$2\r\nch\r\n:${1 - left}\r\n`;
  });
  await expectReplies(["CLIENT REPLY OFF", "GET k", "SUBSCRIBE ch", "UNSUBSCRIBE", "PING"], said.join(""));
  await expectReplies(["CLIENT REPLY SKIP", "SUBSCRIBE ch", "UNSUBSCRIBE ch", "PING"], `${said.join("")}+PONG\r\n`);
});

test("what CLIENT REPLY says of itself holds where it is skipped", () =>
  expectReplies(
    [
      "CLIENT REPLY SKIP",
      "CLIENT REPLY SKIP",
      "GET k",
      "PING",
      "CLIENT REPLY SKIP",
      "CLIENT REPLY OFF",
      "PING",
      "CLIENT REPLY ON",
    ],
    "+PONG\r\n+OK\r\n",
  ));

test("transactions, and what would wait", () =>
  expectReplies(
    [
      "CLIENT REPLY OFF",
      "MULTI",
      "SET k 1",
      "GET k",
      "EXEC",
      "BLPOP none 0",
      "WATCH k",
      "MULTI",
      "INCR k",
      "EXEC",
      "CLIENT REPLY ON",
      "GET k",
    ],
    "+OK\r\n$1\r\n2\r\n",
  ));

test("in a transaction it is refused, and RESET brings replies back", () =>
  expectReplies(
    ["MULTI", "CLIENT REPLY OFF", "EXEC", "CLIENT REPLY OFF", "GET k", "RESET", "GET k"],
    "+OK\r\n" +
      "-MERIDIAN_UNSUPPORTED 'CLIENT REPLY' within a transaction, whose reply is one: send it before MULTI or after EXEC\r\n" +
      "-EXECABORT Transaction discarded because of previous errors.\r\n" +
      "+RESET\r\n$-1\r\n",
  ));
