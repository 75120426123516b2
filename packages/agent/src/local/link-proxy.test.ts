/** The emulated WAN: delay, order, back-pressure, cut and mend, and that it is not the bottleneck. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { once } from "node:events";
import { waitFor } from "@meridian/testkit";
import { afterEach, expect, test } from "vitest";
import { LinkProxy } from "./link-proxy.js";

const open: { stop(): unknown }[] = [];

afterEach(async () => {
  for (const item of open.splice(0).toReversed()) await item.stop();
});

async function serve(onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  open.push({
    stop: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  return (server.address() as AddressInfo).port;
}

async function proxyTo(
  port: number | (() => number | undefined),
  rttMs: number,
  bytesMax?: number,
): Promise<LinkProxy> {
  const target = () => {
    const now = typeof port === "number" ? port : port();
    return now === undefined ? undefined : { host: "127.0.0.1", port: now };
  };
  const proxy = await LinkProxy.start({ rttMs, target, ...(bytesMax === undefined ? {} : { bytesMax }) });
  open.push(proxy);
  return proxy;
}

function dial(port: number): Socket {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  socket.on("error", () => undefined);
  open.push({ stop: () => socket.destroy() });
  return socket;
}

/** Unlike events.once, which rejects on the error that comes before. */
function closing(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

const echo = (socket: Socket): unknown => socket.pipe(socket);

async function ask(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  let got = "";
  while (got.length < text.length) {
    const [chunk] = (await once(socket, "data")) as [Buffer];
    got += chunk.toString();
  }
  return got;
}

test.each([0, 20, 80])("a round trip takes %i ms and little more", async (rttMs) => {
  const proxy = await proxyTo(await serve(echo), rttMs);
  const socket = dial(proxy.port);
  await ask(socket, "warm");
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    const startedAt = performance.now();
    expect(await ask(socket, `round ${round}`)).toBe(`round ${round}`);
    times.push(performance.now() - startedAt);
  }
  const best = Math.min(...times);
  expect(best).toBeGreaterThanOrEqual(rttMs - 1);
  expect(best).toBeLessThan(rttMs + 10);
});

test("bytes arrive in order, all of them, and the end after them", async () => {
  const received: Buffer[] = [];
  let ended = false;
  const port = await serve((socket) => {
    socket.on("data", (chunk) => received.push(chunk));
    socket.on("end", () => (ended = true));
  });
  const proxy = await proxyTo(port, 10);
  const socket = dial(proxy.port);
  const sent = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
  for (let at = 0; at < sent.length; at += 997) socket.write(sent.subarray(at, at + 997));
  socket.end();
  await waitFor(() => ended, { what: "the end to arrive" });
  expect(Buffer.concat(received).equals(sent)).toBe(true);
});

test("one that doesn't read stops the one that writes", async () => {
  const port = await serve((socket) => socket.pause());
  const proxy = await proxyTo(port, 10, 1024 * 1024);
  const socket = dial(proxy.port);
  const chunk = Buffer.alloc(256 * 1024);
  let accepted = 0;
  const deadline = performance.now() + 3000;
  while (performance.now() < deadline && accepted < 200) {
    if (socket.write(chunk)) accepted++;
    else if (!(await drained(socket))) break;
    else accepted++;
  }
  expect(accepted * chunk.length).toBeLessThan(32 * 1024 * 1024);
});

/** False when it stays full for half a second, which a buffer being emptied never does. */
function drained(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), 500);
    socket.once("drain", () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

test("a cut delivers nothing and accepts nothing, a mend works at once", async () => {
  let deliveredBytes = 0;
  const port = await serve((socket) => {
    socket.on("data", (chunk) => (deliveredBytes += chunk.length));
    echo(socket);
  });
  const proxy = await proxyTo(port, 100);
  const socket = dial(proxy.port);
  await ask(socket, "hello");
  const closed = closing(socket);
  socket.write("on its way");
  proxy.set({ up: false });
  await closed;
  const refused = dial(proxy.port);
  await closing(refused);
  expect(deliveredBytes).toBe("hello".length);
  expect(proxy.connections).toBe(0);
  proxy.set({ up: true });
  expect(await ask(dial(proxy.port), "again")).toBe("again");
  expect(deliveredBytes).toBe("helloagain".length);
});

test("a receiver that comes back on another port is found there", async () => {
  const receiver: { port?: number } = {};
  const proxy = await proxyTo(() => receiver.port, 0);
  await closing(dial(proxy.port));
  receiver.port = await serve(echo);
  expect(await ask(dial(proxy.port), "found")).toBe("found");
});

/** By CPU time, for other work on the machine doesn't count then. Idle: 2.4 Gbit; the floor is what a busy machine holds. */
test("delay costs it little: it is not the bottleneck at 200 ms", async () => {
  let bytes = 0;
  const port = await serve((socket) => socket.on("data", (chunk) => (bytes += chunk.length)));
  const proxy = await proxyTo(port, 200);
  const socket = dial(proxy.port);
  const chunk = Buffer.alloc(1024 * 1024);
  const total = 512 * chunk.length;
  const before = process.cpuUsage();
  for (let sent = 0; sent < total; sent += chunk.length) {
    if (!socket.write(chunk)) await once(socket, "drain");
  }
  await waitFor(() => bytes === total, { what: "everything to arrive", timeoutMs: 25_000 });
  const { user, system } = process.cpuUsage(before);
  const gigabits = (total * 8) / 1000 / (user + system);
  process.stdout.write(
    `emulated WAN: ${gigabits.toFixed(1)} Gbit at 200 ms for each second of CPU, both ends included\n`,
  );
  expect(gigabits).toBeGreaterThan(0.6);
});
