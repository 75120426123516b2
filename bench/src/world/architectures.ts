/**
 * The architectures of docs/concepts/choosing.md that are made of Redis, over one emulated WAN: where a client of a place reads
 * and writes in each of them.
 */
import type { AgentSettings } from "@meridian/agent";
import { waitFor } from "@meridian/testkit";
import { Redis } from "ioredis";
import { limits } from "../limits.js";
import { startRegions } from "./agents.js";
import { startPlain, type Stops } from "./servers.js";
import { places, type Place, Wan } from "./wan.js";

export const architectureNames = [
  "one region",
  "one server a region",
  "one writes, replicas read",
  "active-active",
  "owned keys",
] as const;
export type ArchitectureName = (typeof architectureNames)[number];

export interface Architecture {
  /** Keys that a client of the place uses in turn; the first is one of its own place where keys have owners. */
  keys(place: Place): readonly string[];
  reader(place: Place): Redis;
  writer(place: Place, key: string): Redis;
  /** Whether a write is to be seen from elsewhere at all. */
  readonly isShared: boolean;
  readonly wan: Wan;
}

type Clients = Readonly<Record<Place, Redis>>;

/** The primary, and all data of one region, stand here. */
export const HOME: Place = "us";

export const startArchitecture: Readonly<
  Record<ArchitectureName, (aof: boolean, stops: Stops) => Promise<Architecture>>
> = {
  "one region": async (aof, stops) => {
    const wan = new Wan(stops);
    const server = stops.add(await startPlain(aof));
    const clients = await clientsOf(stops, (place) => wan.path(place, HOME, server.port));
    return { keys: oneKey, reader: (place) => clients[place], writer: (place) => clients[place], isShared: true, wan };
  },
  "one server a region": async (aof, stops) => {
    const wan = new Wan(stops);
    const clients = await clientsOf(stops, async () => stops.add(await startPlain(aof)).port);
    return { keys: oneKey, reader: (place) => clients[place], writer: (place) => clients[place], isShared: false, wan };
  },
  "one writes, replicas read": async (aof, stops) => {
    const wan = new Wan(stops);
    const primary = stops.add(await startPlain(aof));
    await primary.admin.config("SET", "repl-diskless-sync-delay", "0");
    const near = await clientsOf(stops, async (place) => {
      if (place === HOME) return primary.port;
      const replica = stops.add(await startPlain(aof));
      await replica.admin.replicaof("127.0.0.1", await wan.path(place, HOME, primary.port));
      await waitFor(async () => (await replica.admin.info("replication")).includes("master_link_status:up"), {
        what: "a replica to follow",
        timeoutMs: limits.convergeMsMax,
      });
      return replica.port;
    });
    const far = await clientsOf(stops, (place) => wan.path(place, HOME, primary.port));
    return { keys: oneKey, reader: (place) => near[place], writer: (place) => far[place], isShared: true, wan };
  },
  "active-active": async (aof, stops) => {
    const { wan, ports } = await startMeridianEverywhere(aof, stops);
    const clients = await clientsOf(stops, (place) => Promise.resolve(ports[place]));
    return { keys: oneKey, reader: (place) => clients[place], writer: (place) => clients[place], isShared: true, wan };
  },
  "owned keys": async (aof, stops) => {
    const { wan, ports } = await startMeridianEverywhere(aof, stops);
    const near = await clientsOf(stops, (place) => Promise.resolve(ports[place]));
    const owners = new Map<Place, Clients>();
    for (const owner of places) {
      owners.set(owner, await clientsOf(stops, (place) => wan.path(place, owner, ports[owner])));
    }
    return {
      keys: (place) => [place, ...places.filter((other) => other !== place)].map((owner) => `${owner}:key`),
      reader: (place) => near[place],
      writer: (place, key) => owners.get(key.slice(0, 2) as Place)![place],
      isShared: true,
      wan,
    };
  },
};

const oneKey = (place: Place): readonly string[] => [`${place}:key`];

async function clientsOf(stops: Stops, portOf: (place: Place) => Promise<number>): Promise<Clients> {
  const clients: Partial<Record<Place, Redis>> = {};
  for (const place of places) {
    const client = new Redis({ port: await portOf(place), lazyConnect: true, maxRetriesPerRequest: 0 });
    client.on("error", () => undefined); // each command is rejected anyway
    stops.add({ stop: () => Promise.resolve(client.disconnect()) });
    await client.connect();
    clients[place] = client;
  }
  return clients as Clients;
}

async function startMeridianEverywhere(
  aof: boolean,
  stops: Stops,
): Promise<{ wan: Wan; ports: Readonly<Record<Place, number>> }> {
  const wan = new Wan(stops);
  const adapt = async (settings: AgentSettings): Promise<AgentSettings> => {
    const regions = [];
    for (const region of settings.regions) {
      const port = Number(String(region.link).split(":").at(-1));
      const path = await wan.path(settings.region as Place, region.name as Place, port);
      regions.push({ ...region, link: `127.0.0.1:${path}` });
    }
    return { ...settings, regions };
  };
  const regions = await startRegions(places, aof, stops, adapt);
  const ports = Object.fromEntries(regions.map(({ server, gatewayPort }) => [server.engine.region, gatewayPort]));
  return { wan, ports: ports as Record<Place, number> };
}
