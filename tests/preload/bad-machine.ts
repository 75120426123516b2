/** A server on a bad machine, whose disk is slow and whose clock is wrong, as a test says meanwhile. See bad-machine.c. */
import { execFileSync } from "node:child_process";
import { closeSync, openSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { spawnRedis, type SpawnedRedis, tempDir, type TempDir } from "@meridian/testkit";

const SOURCE = join(dirname(fileURLToPath(import.meta.url)), "bad-machine.c");

export class BadMachine {
  private syncMs = 0;
  private aheadMs = 0;

  private constructor(
    private readonly folder: TempDir,
    private readonly library: string,
    private readonly state: string,
  ) {}

  /** Undefined, and why is printed: there is nothing to build it with. */
  static build(): BadMachine | undefined {
    const folder = tempDir("meridian-bad-machine-");
    const [library, state] = [join(folder.path, "bad-machine.so"), join(folder.path, "state")];
    try {
      execFileSync("cc", ["-shared", "-fPIC", "-O1", "-o", library, SOURCE], { stdio: "ignore" });
    } catch {
      console.warn("SKIPPED: a server with a slow disk or a wrong clock needs a C compiler, cc");
      folder.remove();
      return undefined;
    }
    const machine = new BadMachine(folder, library, state);
    machine.write();
    return machine;
  }

  /** A server that is on it whenever it is started; undefined, and why is printed: there is no native one. */
  async server(): Promise<SpawnedRedis | undefined> {
    const server = await this.inside(() => spawnRedis({ aof: true }));
    if (server === undefined) console.warn("SKIPPED: a server on a bad machine must be a native one");
    return server;
  }

  restart(server: SpawnedRedis): Promise<void> {
    return this.inside(() => server.restart());
  }

  /** Each sync of the disk takes so long. */
  slowDisk(syncMs: number): void {
    this.syncMs = syncMs;
    this.write();
  }

  setClock(aheadMs: number): void {
    this.aheadMs = aheadMs;
    this.write();
  }

  remove(): void {
    this.folder.remove();
  }

  /** In place: the server looks at the file's own bytes. */
  private write(): void {
    const bytes = Buffer.alloc(16);
    bytes.writeBigInt64LE(BigInt(this.syncMs), 0);
    bytes.writeBigInt64LE(BigInt(this.aheadMs), 8);
    const file = openSync(this.state, "a+");
    closeSync(file);
    const existing = openSync(this.state, "r+");
    writeSync(existing, bytes, 0, bytes.length, 0);
    closeSync(existing);
  }

  private async inside<Result>(start: () => Promise<Result>): Promise<Result> {
    Object.assign(process.env, { LD_PRELOAD: this.library, BAD_MACHINE: this.state });
    try {
      return await start();
    } finally {
      delete process.env["LD_PRELOAD"];
      delete process.env["BAD_MACHINE"];
    }
  }
}
