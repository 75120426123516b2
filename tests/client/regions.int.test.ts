/** `connect` before two regions' servers, over lines that are cut and held. */
import { connect, type ConnectOptions, type Move, type Regions } from "@meridian/client";
import { type SpawnedRedis, spawnRedis, waitFor } from "@meridian/testkit";
import { Redis as PlainRedis } from "ioredis";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { libraryCode, ROOT } from "../library/support.js";
import { ShapedLine } from "../shaped-line.js";

const LIMITS = {
  probeEveryMs: 20,
  probeMsMax: 1000,
  openMsMin: 50,
  openMsMax: 50,
  tryMsMax: 500,
  reconnectMsMin: 10,
  reconnectMsMax: 50,
};

const servers: SpawnedRedis[] = [];
const admins: PlainRedis[] = [];
let lines: ShapedLine[] = [];
const open: Regions[] = [];

beforeAll(async () => {
  for (const region of ["us", "eu"]) {
    const server = await spawnRedis();
    servers.push(server);
    const admin = new PlainRedis(server.port);
    admins.push(admin);
    await admin.call("FUNCTION", "LOAD", "REPLACE", libraryCode());
    await admin.fcall("mer", 1, ROOT, "configure", region, "us,eu");
    await admin.fcall("mer", 1, ROOT, "SET", "where", region);
  }
  lines = await Promise.all(servers.map(({ port }) => ShapedLine.start(port)));
});
afterEach(() => {
  for (const regions of open.splice(0)) regions.close();
  for (const line of lines) line.mend();
});
afterAll(async () => {
  for (const admin of admins) admin.disconnect();
  await Promise.all(servers.map((server) => server.stop()));
});

function addresses(): ConnectOptions["regions"] {
  return ["us", "eu"].map((name, at) => ({
    name,
    url: `redis://127.0.0.1:${lines[at]?.port ?? 0}`,
    through: "server" as const,
  }));
}

async function connected(more: Partial<ConnectOptions> = {}): Promise<Regions> {
  const regions = await connect({ regions: addresses(), local: "us", limits: LIMITS, ...more });
  open.push(regions);
  return regions;
}

const where = (regions: Regions): Promise<string | null> => regions.read((redis) => redis.get("where"));
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "no error",
    (error: { code?: string; message: string }) => error.code ?? error.message,
  );

test("reads and writes are the local region's, and each region can be asked for itself", async () => {
  const regions = await connected();
  expect([regions.current, await where(regions)]).toEqual(["us", "us"]);
  expect(await regions.write((redis, region) => redis.set("by", region))).toBe("OK");
  expect(await admins[0]?.get("by")).toBe("us");
  await waitFor(() => regions.order().length === 2, { what: "both regions" });
  expect(await regions.inRegion("eu", (redis) => redis.get("where"))).toBe("eu");
  expect(await regions.redis("eu").get("where")).toBe("eu");
  expect(regions.status().map(({ name, state, isLocal, rttMs }) => [name, state, isLocal, typeof rttMs])).toEqual([
    ["us", "closed", true, "number"],
    ["eu", "closed", false, "number"],
  ]);
  await expect(regions.read((redis) => redis.lpush("where", "x"))).rejects.toThrow("WRONGTYPE");
  expect(() => regions.redis("mars")).toThrow("MERIDIAN_NOSUCHREGION");
});

test("a region that is cut off is left at once for what reads, and not gone back to before it has caught up", async () => {
  const regions = await connected();
  const moves: Move[] = [];
  regions.on("moved", (move) => moves.push(move));
  await waitFor(() => regions.order().length === 2, { what: "both regions" });
  lines[0]?.cut();
  expect(await where(regions)).toBe("eu");
  await waitFor(() => moves.length > 0, { what: "the move" });
  expect(moves).toEqual([{ from: "us", to: "eu", why: "failover" }]);
  expect(await regions.write((redis) => redis.set("only", "eu"))).toBe("OK");
  lines[0]?.mend();
  await waitFor(() => regions.status()[0]?.state === "closed", { what: "us to be well" });
  expect(await where(regions)).toBe("eu"); // us has not what was written in eu
});

test("a line that is held: the operation ends in its time, and reads go on elsewhere", async () => {
  const regions = await connected();
  await waitFor(() => regions.order().length === 2, { what: "both regions" });
  lines[0]?.held.add("out");
  expect(await codeOf(regions.inRegion("us", (redis) => redis.incr("n"), { msMax: 100 }))).toBe(
    "MERIDIAN_REGIONTIMEOUT",
  );
  expect(await where(regions)).toBe("eu");
  await waitFor(() => regions.current === "eu", { what: "the move" });
});

test("no region, another region, wrong options: each has its code", async () => {
  for (const line of lines) line.cut();
  const options = { regions: addresses(), local: "us", limits: LIMITS };
  expect(await codeOf(connect({ ...options, limits: { ...LIMITS, connectMsMax: 100 } }))).toBe("MERIDIAN_NOREGION");
  for (const line of lines) line.mend();
  const [us, eu] = addresses();
  const crossed = [{ ...us!, url: eu!.url }];
  await expect(connect({ ...options, regions: crossed })).rejects.toThrow(/address of region 'us' is eu/);
  const plain = await spawnRedis();
  const url = `redis://127.0.0.1:${plain.port}`;
  await expect(connect({ ...options, regions: [{ ...us!, url }] })).rejects.toThrow(/without Meridian's library/);
  await expect(connect({ ...options, regions: [{ name: "us", url }] })).rejects.toThrow(/no gateway of Meridian/);
  await plain.stop();
  for (const wrong of [{ local: "mars" }, { regions: [] }, { limits: { nothing: 1 } as never }]) {
    await expect(connect({ ...options, ...wrong })).rejects.toThrow("MERIDIAN_BADCONNECT");
  }
  const regions = await connected();
  regions.close();
  expect(await codeOf(where(regions))).toBe("MERIDIAN_CLOSED");
});
