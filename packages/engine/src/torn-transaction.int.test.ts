/** A transaction that a crash tore off: wherever the tear is, nothing of it is there, now and after the next start. */
import { mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePorts, tempDir, type TempDir } from "@meridian/testkit";
import { afterEach, expect, test } from "vitest";
import { connectTo } from "./address.js";
import { findServerBinary } from "./server-binary.js";
import { launchServer, type ServerProcess } from "./server-process.js";
import { cutTornTransaction } from "./torn-transaction.js";

const MANIFEST = "file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n";
const native = await findServerBinary();
const folders: TempDir[] = [];
const servers: ServerProcess[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.kill();
  for (const folder of folders.splice(0)) folder.remove();
});

function folder(): string {
  const made = tempDir();
  folders.push(made);
  return made.path;
}

function appendOnlyFile(dataDir: string): string {
  return join(dataDir, "appendonlydir", "appendonly.aof.1.incr.aof");
}

function command(...texts: string[]): string {
  return [`*${texts.length}\r\n`, ...texts.map((text) => `$${text.length}\r\n${text}\r\n`)].join("");
}

/** What is left of a file that holds the text. */
async function leftOf(text: string): Promise<string> {
  const dataDir = folder();
  mkdirSync(join(dataDir, "appendonlydir"));
  writeFileSync(join(dataDir, "appendonlydir", "appendonly.aof.manifest"), MANIFEST);
  writeFileSync(appendOnlyFile(dataDir), text);
  expect(await cutTornTransaction(dataDir)).toBe(text.length - statSync(appendOnlyFile(dataDir)).size);
  return readFileSync(appendOnlyFile(dataDir), "latin1");
}

test("wherever the file ends, what is whole is kept and nothing else", async () => {
  const transaction =
    command("MULTI") + command("RPUSH", "list", "a\r\nb") + command("SET", "k", "v") + command("EXEC");
  const pieces = [command("SELECT", "0"), "#TS:1700000000\r\n", transaction, command("DEL", "list"), transaction];
  const whole = pieces.join("");
  for (let length = 0; length <= whole.length; length++) {
    let kept = "";
    for (const piece of pieces)
      if (kept.length + piece.length <= length) kept += piece;
      else break;
    expect(await leftOf(whole.slice(0, length)), `torn at ${length}`).toBe(kept);
  }
});

test("texts longer than what is read at a time, and many commands", async () => {
  const long = command("MULTI") + command("SET", "k", "x".repeat(3_000_000)) + command("EXEC");
  const many = command("SET", "key", "value").repeat(60_000);
  expect((await leftOf(long + many + long)).length).toBe(long.length * 2 + many.length);
  expect((await leftOf(long + many + long.slice(0, -1))).length).toBe(long.length + many.length);
});

test("what is no append-only file is left as it is", async () => {
  for (const text of ["hello, this is a letter and no command".repeat(9), "*1\r\n:5\r\n", `*0\r\n${"x".repeat(99)}`]) {
    expect(await leftOf(text)).toBe(text);
  }
  expect(await cutTornTransaction(folder())).toBe(0);
});

test.skipIf(native === undefined)("a server shows nothing of it after the second start either", async () => {
  const dataDir = folder();
  const [port = 0] = await freePorts(1);
  const launch = async (): Promise<ServerProcess> => {
    const { kind, path } = native!;
    const server = await launchServer({ kind, path, port, dataDir, aof: true });
    servers.push(server);
    return server;
  };
  /** Starts the server, pushes in a transaction, and kills it; what was in the list before. */
  const life = async (value: string): Promise<string[]> => {
    const server = await launch();
    const redis = connectTo({ host: "127.0.0.1", port });
    const before = await redis.lrange("list", 0, -1);
    await redis.multi().rpush("list", value).rpush("records", value).exec();
    redis.disconnect();
    await server.kill();
    return before;
  };
  expect(await life("a")).toEqual([]);
  const file = appendOnlyFile(dataDir);
  truncateSync(file, statSync(file).size - command("EXEC").length - 3); // within the second push
  expect(await life("b")).toEqual([]);
  expect(await life("c")).toEqual(["b"]);
});
