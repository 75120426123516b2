/** How our connections behave where a server is not as usual: one that says what we want to hear. */
import { createServer, type AddressInfo, type Server } from "node:net";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { connectTo } from "./address.js";
import { limits } from "./limits.js";

const HOST = "127.0.0.1";
/** How long ioredis waits at most where it is not told. */
const LEFT_TO_ITSELF_MS = 10_000;
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Answers each INFO with the next of the texts, and then with the last one for ever; anything else with OK. */
async function serverThatSays(...texts: string[]): Promise<number> {
  let asked = 0;
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => {
      for (const command of bytes
        .toString()
        .split(/\*\d+\r\n/)
        .slice(1)) {
        if (!/^\$4\r\ninfo\r\n/i.test(command)) {
          socket.write("+OK\r\n");
          continue;
        }
        const text = texts[Math.min(asked++, texts.length - 1)] ?? "";
        socket.write(`$${text.length}\r\n${text}\r\n`);
      }
    });
  });
  servers.push(server);
  server.listen(0, HOST);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

test("a server that loads its data is looked at soon again, however long it expects to take", async () => {
  const port = await serverThatSays("loading:1\r\nloading_eta_seconds:86400\r\n", "loading:0\r\n");
  const redis = connectTo({ host: HOST, port });
  try {
    const beganAtMs = performance.now();
    await once(redis, "ready");
    const tookMs = performance.now() - beganAtMs;
    expect(tookMs).toBeGreaterThanOrEqual(limits.loadingLookMs - 20); // it was loading first
    expect(tookMs).toBeLessThan(LEFT_TO_ITSELF_MS / 2);
  } finally {
    redis.disconnect();
  }
});
