/** What the gateway takes of clients that have not logged in, where that is needed, beside what the server takes. */
import { spawnRedis, type SpawnedRedis, waitFor } from "@meridian/testkit";
import type { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Gateway, startGateway } from "./index.js";
import { command, rawClient, type RawClient } from "./test-support/raw-client.js";
import { TOY_LIBRARY } from "./test-support/toy-library.js";

let server: SpawnedRedis;
let admin: Redis;
let gateway: Gateway;
const raws: RawClient[] = [];

function open(port = gateway.port): RawClient {
  const raw = rawClient(port);
  raws.push(raw);
  return raw;
}

async function untilClosed(bytes: string, port?: number): Promise<string> {
  const raw = open(port);
  raw.send(bytes);
  await waitFor(() => raw.closed, { what: "the end of the connection" });
  return raw.received;
}

const MANY_ARGUMENTS = "*11\r\n$4\r\nMGET\r\n";
const LARGE_ARGUMENT = "*2\r\n$4\r\nAUTH\r\n$16385\r\n";
const LARGE_WRITE = command("MSET", ...Array.from({ length: 40 }, (_, n) => `${n}`), "k", "v".repeat(100_000));

beforeAll(async () => {
  server = await spawnRedis();
  admin = server.client({ password: "secret" });
  await admin.call("FUNCTION", "LOAD", TOY_LIBRARY);
  await admin.config("SET", "requirepass", "secret");
  gateway = await startGateway({
    listen: { host: "127.0.0.1", port: 0 },
    upstream: { host: server.host, port: server.port },
    root: "mer:{0}",
  });
  // The gateway knows that a login is needed when its own connection has been told so.
  await waitFor(async () => (await untilClosed(`${MANY_ARGUMENTS}${"x".repeat(10)}`)).includes("unauthenticated"), {
    what: "the gateway to know",
  });
});
afterEach(() => {
  for (const raw of raws.splice(0)) raw.close();
});
afterAll(async () => {
  await gateway.stop();
  await server.stop();
});

test.each([MANY_ARGUMENTS, LARGE_ARGUMENT, `PING\r\n${MANY_ARGUMENTS}`])(
  "refuses what the server refuses, in the same words (%#)",
  async (bytes) => {
    const ours = await untilClosed(bytes);
    expect(ours).toBe(await untilClosed(bytes, server.port));
    expect(ours).toContain("-ERR Protocol error: unauthenticated ");
  },
);

test("takes everything of a client that logs in, also when it does not wait for the answer", async () => {
  const raw = open();
  raw.send(Buffer.concat([command("AUTH", "secret"), LARGE_WRITE, command("STRLEN", "k")]));
  await waitFor(() => raw.received.endsWith(":100000\r\n"), { what: "the replies" });
  expect(raw.received).toBe("+OK\r\n+OK\r\n:100000\r\n");
  const wrong = open();
  wrong.send(Buffer.concat([command("AUTH", "wrong"), LARGE_WRITE]));
  await waitFor(() => wrong.closed, { what: "the end of the connection" });
  expect(wrong.received).toMatch(/^-WRONGPASS [^\r]+\r\n-ERR Protocol error: unauthenticated multibulk length\r\n$/);
});

test("goes on as ever when the password is taken away", async () => {
  await admin.config("SET", "requirepass", "");
  await waitFor(
    async () => {
      const raw = open();
      raw.send(LARGE_WRITE);
      await waitFor(() => raw.received !== "", { what: "a reply" });
      return raw.received === "+OK\r\n";
    },
    { what: "a large first command to be taken" },
  );
});
