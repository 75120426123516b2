/**
 * `node bench/dist/client-main.js`: one application's Node process, with 1 or 50 commands at a time, by ioredis on plain Redis, by
 * `@meridian/client` on a region's server, and by ioredis through that region's gateway, in turns. What it prints is for people.
 */
import { Redis as DirectRedis } from "@meridian/client";
import { Redis } from "ioredis";
import { startRegions } from "./world/agents.js";
import { cpuMsOf } from "./world/cpu.js";
import { startPlain, Stops } from "./world/servers.js";

/** So many commands at a time, and so many in all. */
const LOADS = [
  { atOnce: 1, count: 4_000 },
  { atOnce: 50, count: 30_000 },
];
const ROUNDS = 3;
const KEYS = 1000;

type Operation = (client: Redis, index: number) => Promise<unknown>;

const operations: Record<string, Operation> = {
  SET: (client, index) => client.set(`key:${index % KEYS}`, "abc"),
  GET: (client, index) => client.get(`key:${index % KEYS}`),
};

interface Way {
  readonly name: string;
  readonly client: Redis;
  readonly serverPid: number;
}

type Load = (typeof LOADS)[number];

async function runAll(client: Redis, operation: Operation, { atOnce, count }: Load): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await operation(client, next++);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

async function measure({ client, serverPid }: Way, operation: Operation, load: Load): Promise<number[]> {
  const [serverMs, own, beganMs] = [cpuMsOf(serverPid), process.cpuUsage(), performance.now()];
  await runAll(client, operation, load);
  const { count } = load;
  const { user, system } = process.cpuUsage(own);
  const seconds = (performance.now() - beganMs) / 1000;
  return [count / seconds, (user + system) / count, ((cpuMsOf(serverPid) - serverMs) * 1000) / count];
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;
}

async function compare(ways: readonly Way[], operation: Operation, load: Load): Promise<string[]> {
  const found = ways.map((): number[][] => []);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [at, way] of ways.entries()) {
      const figures = await measure(way, operation, load);
      if (round > 0) found[at]?.push(figures); // the first warms up
    }
  }
  return ways.map(({ name }, at) => {
    const middle = (which: number): number => median((found[at] ?? []).map((figures) => figures[which] ?? 0));
    const perSecond = Math.round(middle(0)).toLocaleString("en");
    return `| ${name} | ${perSecond} | ${middle(1).toFixed(1)} | ${middle(2).toFixed(1)} |`;
  });
}

const stops = new Stops();
const clients: Redis[] = [];
try {
  const plain = stops.add(await startPlain(true));
  const [region] = await startRegions(["us"], true, stops);
  if (region === undefined) throw new Error("no region started");
  const serverPid = region.server.pid;
  const ways: Way[] = [
    { name: "ioredis, plain Redis", client: new Redis(plain.port), serverPid: plain.pid },
    { name: "@meridian/client", client: new DirectRedis(region.server.port), serverPid },
    { name: "ioredis by gateway", client: new Redis(region.gatewayPort), serverPid },
  ];
  clients.push(...ways.map(({ client }) => client));
  for (const [name, load] of Object.keys(operations).flatMap((each) => LOADS.map((one) => [each, one] as const))) {
    const operation = operations[name] as Operation;
    for (const line of await compare(ways, operation, load)) console.log(`| ${name}, ${load.atOnce} ${line}`);
  }
} finally {
  for (const client of clients) client.disconnect();
  await stops.run();
}
