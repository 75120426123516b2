/** Clients that speak TLS: the handshake, whose certificates are asked for, and certificates that are exchanged. */
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { spawnRedis, type SpawnedRedis, tempDir, waitFor } from "@meridian/testkit";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Gateway, startGateway } from "../index.js";
import { type CertificateFolder, certificateFolder, newCertificate } from "../../tls/test-support/certificates.js";
import { TOY_LIBRARY } from "../test-support/toy-library.js";

const HOST = "127.0.0.1";
let server: SpawnedRedis;
const open: (() => unknown)[] = [];

beforeAll(async () => {
  server = await spawnRedis();
  await server.client().call("FUNCTION", "LOAD", TOY_LIBRARY);
});
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});
afterAll(() => server.stop());

interface Started {
  gateway: Gateway;
  port: number;
  log: string[];
}

async function start(
  folder: Pick<CertificateFolder, "cert" | "key" | "ca">,
  clientCertificates: "none" | "optional" | "required" = "none",
): Promise<Started> {
  const log: string[] = [];
  const gateway = await startGateway({
    tls: { host: HOST, port: 0, cert: folder.cert, key: folder.key, ca: folder.ca, clientCertificates },
    upstream: { host: server.host, port: server.port },
    root: "mer:{0}",
    log: { info: (text) => log.push(text), warn: (text) => log.push(text) },
  });
  open.push(() => gateway.stop());
  return { gateway, port: gateway.tlsPort ?? 0, log };
}

/** The name in the certificate that a new client is shown. */
function shownName(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({ host: HOST, port, rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

async function folderWith(name: string): Promise<CertificateFolder> {
  const folder = certificateFolder();
  const ca = await newCertificate("ca");
  folder.put({ ...(await newCertificate(name)), ca: ca.cert });
  return folder;
}

test("ioredis works over TLS, and there is no plain port", async () => {
  const folder = await folderWith("first");
  const { gateway, port } = await start(folder);
  expect(gateway.port).toBe(0);
  const redis = new Redis({ host: HOST, port, tls: { rejectUnauthorized: false } });
  open.push(() => redis.disconnect());
  const value = "v".repeat(3_000_000);
  expect(await redis.set("large", value)).toBe("OK");
  expect(await redis.get("large")).toBe(value);
  const replies = await redis.pipeline(Array.from({ length: 500 }, (_, n) => ["set", `k${n}`, n])).exec();
  expect(replies?.every(([error]) => error === null)).toBe(true);
  expect(await redis.mget("k1", "k499")).toEqual(["1", "499"]);
});

test("bytes that are no TLS, and versions before 1.2, are turned away", async () => {
  const { gateway, port } = await start(await folderWith("first"));
  const failed = (options: ConnectionOptions) =>
    new Promise<string>((resolve) => {
      connect({ host: HOST, port, rejectUnauthorized: false, ...options })
        .on("error", (error) => resolve(error.message))
        .on("secureConnect", () => resolve("let in"));
    });
  expect(await failed({ minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" })).toMatch(/version/);
  expect(await failed({ minVersion: "TLSv1.2", maxVersion: "TLSv1.2" })).toBe("let in");
  const plain = new Redis({ host: HOST, port, retryStrategy: () => null, lazyConnect: true });
  plain.on("error", () => undefined); // the connect rejects
  await expect(plain.connect()).rejects.toThrow();
  await waitFor(() => gateway.stats().tlsHandshakesFailed === 2, { what: "both to be counted" });
});

test.each([
  ["optional", { none: true, good: true, foreign: false }],
  ["required", { none: false, good: true, foreign: false }],
] as const)("certificates of clients: %s", async (clientCertificates, expected) => {
  const ca = await newCertificate("ca");
  const folder = certificateFolder();
  folder.put({ ...(await newCertificate("server", ca)), ca: ca.cert });
  const { port } = await start(folder, clientCertificates);
  const letIn = async (own: Partial<{ cert: string; key: string }>): Promise<boolean> => {
    const redis = new Redis({
      host: HOST,
      port,
      tls: { rejectUnauthorized: false, ...own },
      retryStrategy: () => null,
      lazyConnect: true,
    });
    redis.on("error", () => undefined); // the command rejects
    open.push(() => redis.disconnect());
    return redis.ping().then(
      () => true,
      () => false,
    );
  };
  const seen = {
    none: await letIn({}),
    good: await letIn(await newCertificate("client", ca)),
    foreign: await letIn(await newCertificate("stranger")),
  };
  expect(seen).toEqual(expected);
});

test("a client that does not read holds nothing up in the gateway, and gets all of it when it does", async () => {
  const READS = 150;
  const MB = 1024 * 1024;
  await server.client().set("mb", Buffer.alloc(MB, "v"));
  const { gateway, port } = await start(await folderWith("first"));
  const socket = connect({ host: HOST, port, rejectUnauthorized: false });
  open.push(() => socket.destroy());
  await once(socket, "secureConnect");
  const before = process.memoryUsage().rss;
  socket.write("GET mb\r\n".repeat(READS));
  await waitFor(() => gateway.stats().serverPauses > 0, { what: "the gateway to stop reading the server" });
  expect(process.memoryUsage().rss - before).toBeLessThan(40 * MB);
  let received = 0;
  socket.on("data", (chunk: Buffer) => (received += chunk.length));
  const total = READS * (MB + "$1048576\r\n\r\n".length);
  await waitFor(() => received === total, { what: "all of it", timeoutMs: 20_000 });
  socket.end("GET mb\r\nQUIT\r\nPING\r\n");
  await once(socket, "end");
  expect(received).toBe(total + total / READS + "+OK\r\n".length);
});

test("a new pair is presented without a restart, and who is connected stays", async () => {
  const folder = await folderWith("first");
  const { port, log } = await start(folder);
  const redis = new Redis({ host: HOST, port, tls: { rejectUnauthorized: false } });
  open.push(() => redis.disconnect());
  await redis.set("k", "v");
  expect(await shownName(port)).toBe("first");
  folder.put(await newCertificate("second"));
  await waitFor(async () => (await shownName(port)) === "second", { what: "the second certificate" });
  expect(log.some((line) => line.includes("exchanged"))).toBe(true);
  expect(await redis.get("k")).toBe("v");
});

test("a folder of links that is swapped, as Kubernetes does it, is noticed", async () => {
  const base = tempDir("meridian-tls-").path;
  const version = async (name: string): Promise<void> => {
    mkdirSync(join(base, `..${name}`));
    const { cert, key } = await newCertificate(name);
    writeFileSync(join(base, `..${name}`, "tls.crt"), cert);
    writeFileSync(join(base, `..${name}`, "tls.key"), key);
    symlinkSync(`..${name}`, join(base, "..data_tmp"));
    renameSync(join(base, "..data_tmp"), join(base, "..data"));
  };
  await version("one");
  const ca = await newCertificate("ca");
  writeFileSync(join(base, "ca.crt"), ca.cert);
  for (const file of ["tls.crt", "tls.key"]) symlinkSync(join("..data", file), join(base, file));
  const { port } = await start({ cert: join(base, "tls.crt"), key: join(base, "tls.key"), ca: join(base, "ca.crt") });
  await version("two");
  await waitFor(async () => (await shownName(port)) === "two", { what: "the second certificate" });
});

test("a pair that does not fit keeps the old one, is told once, and the next good one is taken", async () => {
  const folder = await folderWith("first");
  const { gateway, port, log } = await start(folder);
  const second = await newCertificate("second");
  folder.put({ cert: second.cert });
  await waitFor(() => gateway.problems().length === 1, { what: "the problem" });
  expect(await shownName(port)).toBe("first");
  expect(gateway.problems()[0]).toMatchObject({
    code: "GATEWAY_CERTIFICATE",
    message: expect.stringContaining(`${folder.key} can't be used for TLS (it is not the key of ${folder.cert})`),
    count: 1,
  });
  await gateway.reload();
  expect(gateway.problems()[0]?.count).toBe(1);
  folder.put({ key: "-----BEGIN PRIVATE KEY-----\nhalf" });
  await gateway.reload();
  expect(gateway.problems()[0]?.message).toContain(`${folder.key} can't be used for TLS`);
  expect(await shownName(port)).toBe("first");
  folder.put({ key: second.key });
  await waitFor(async () => (await shownName(port)) === "second", { what: "the second certificate" });
  expect(log.filter((line) => line.includes("stays in use"))).toHaveLength(2);
});

test("at the start a bad pair is refused, by the name of the file", async () => {
  const folder = await folderWith("first");
  folder.put({ key: (await newCertificate("other")).key });
  await expect(start(folder)).rejects.toMatchObject({
    code: "MERIDIAN_BADCERTIFICATE",
    message: expect.stringContaining(folder.key) as string,
  });
  folder.put({ cert: "nothing" });
  await expect(start(folder)).rejects.toThrow(`${folder.cert} can't be used for TLS`);
  await expect(start({ ...folder, ca: "/nowhere/ca.crt" })).rejects.toThrow("/nowhere/ca.crt can't be used for TLS");
});
