/** A plain server, and one with Meridian's library as a region alone; and clients of both, which tests compare. */
import { type ClientOptions, Redis } from "@meridian/client";
import { type SpawnedRedis, spawnRedis } from "@meridian/testkit";
import { Redis as PlainRedis, type RedisOptions } from "ioredis";
import { libraryCode, ROOT } from "../library/support.js";

export interface Pair {
  readonly plainServer: SpawnedRedis;
  readonly regionServer: SpawnedRedis;
  plain(options?: RedisOptions): PlainRedis;
  client(options?: ClientOptions): Redis;
  /** How many entries the region's log has. */
  logLength(): Promise<number>;
  stop(): Promise<void>;
}

export async function startPair(): Promise<Pair> {
  const [plainServer, regionServer] = await Promise.all([spawnRedis(), spawnRedis()]);
  const open: PlainRedis[] = [];
  const keep = <Client extends PlainRedis>(client: Client): Client => {
    client.on("error", () => undefined); // each command is rejected anyway
    open.push(client);
    return client;
  };
  const admin = keep(new PlainRedis(regionServer.port));
  await admin.call("FUNCTION", "LOAD", "REPLACE", libraryCode());
  await admin.fcall("mer", 1, ROOT, "configure", "us", "us,eu");
  return {
    plainServer,
    regionServer,
    plain: (options = {}) => keep(new PlainRedis(plainServer.port, options)),
    client: (options = {}) => keep(new Redis(regionServer.port, options)),
    logLength: async () => {
      const lengths = await Promise.all((await admin.keys(`${ROOT}:log:*`)).map((key) => admin.xlen(key)));
      return lengths.reduce((sum, length) => sum + length, 0);
    },
    stop: async () => {
      for (const client of open) client.disconnect();
      await Promise.all([plainServer.stop(), regionServer.stop()]);
    },
  };
}
