/**
 * The files to start an architecture with: only settings that exist. A server that may evict and one of Meridian, which may not, are
 * two servers, so each architecture has files of its own. Hosts and passwords are to be filled in.
 */
import type { ArchitectureId } from "./architectures.js";
import type { Facts } from "./facts.js";
import type { DataKind } from "./needs.js";

export interface SetupFile {
  name: string;
  lines: string[];
}

export interface SetupOf {
  /** The first stands for all of them in the files. */
  regions: readonly string[];
  /** Of one of the kinds that it is for: regions are the same in all. */
  facts: Facts;
  kinds: readonly DataKind[];
  /** Whether any of the kinds may lose no write. */
  lossless: boolean;
}

const TLS = [
  "port 0",
  "tls-port 6379",
  "tls-cert-file /etc/redis/redis.crt",
  "tls-key-file /etc/redis/redis.key",
  "tls-ca-cert-file /etc/redis/ca.crt",
];
const EVICTING = ["maxmemory 2gb", "maxmemory-policy allkeys-lru"];

export function setupFor(architecture: ArchitectureId, setup: SetupOf): SetupFile[] {
  const { regions, facts, kinds, lossless } = setup;
  const { centre } = facts;
  const [hasCache, hasMore] = [kinds.includes("cache"), kinds.some((kind) => kind !== "cache")];
  const durable = ["appendonly yes", `appendfsync ${lossless ? "always" : "everysec"}`, "maxmemory-policy noeviction"];
  switch (architecture) {
    case "one-region":
      return [
        ...(hasCache ? [{ name: `redis.conf in ${centre}, of a server for the cache`, lines: EVICTING }] : []),
        ...(hasMore ? oneRegionFiles(centre, regions.length > 1, durable) : []),
      ];
    case "regional":
      return [
        ...(hasCache ? [{ name: "redis.conf in each region, of a server for the cache", lines: EVICTING }] : []),
        ...(hasMore ? [{ name: "redis.conf in each region", lines: durable }] : []),
      ];
    case "active-passive":
      return passiveFiles(setup, durable);
    case "active-active":
    case "owned-keys":
      return [
        yamlOf(regions, [], (name) => linkOf(name)),
        { name: "redis.conf in each region", lines: [...durable, "aof-load-truncated no"] },
      ];
    case "transactional-database":
      return [];
  }
}

function oneRegionFiles(centre: string, hasOthers: boolean, durable: readonly string[]): SetupFile[] {
  if (hasOthers) return replicaFiles(centre, "a replica in another region", durable);
  const replica = [`replicaof redis.${centre}.example.net 6379`, "masterauth SECRET", ...durable];
  return [
    { name: `redis.conf in ${centre}`, lines: ["requirepass SECRET", ...durable] },
    { name: "redis.conf of a replica on another machine", lines: replica },
  ];
}

/** Between regions with TLS. */
function replicaFiles(centre: string, replicas: string, durable: readonly string[]): SetupFile[] {
  const common = ["requirepass SECRET", ...TLS, ...durable, "repl-backlog-size 256mb"];
  const follows = [`replicaof redis.${centre}.example.net 6379`, "masterauth SECRET", "tls-replication yes"];
  return [
    { name: `redis.conf in ${centre}`, lines: common },
    { name: `redis.conf of ${replicas}`, lines: [...follows, ...common] },
  ];
}

/** Who takes the writes is the primary whatever the files say: it may have changed since. */
function passiveFiles({ regions, facts }: SetupOf, durable: readonly string[]): SetupFile[] {
  const { centre, stalenessMs } = facts;
  const reads =
    stalenessMs === null ? [] : [`  reads: { stalenessMsMax: ${Math.max(500, stalenessMs)}, otherwise: primary }`];
  const mode = ["mode: active-passive", "activePassive:", `  primary: ${centre}`, ...reads];
  const serverOf = (name: string): string => `${linkOf(name)}, server: "redis.${name}.example.net:6379"`;
  const common = ["requirepass SECRET", ...TLS, "tls-replication yes", ...durable, "repl-backlog-size 256mb"];
  return [yamlOf(regions, mode, serverOf), { name: "redis.conf in each region", lines: common }];
}

function linkOf(name: string): string {
  return `link: "agent.${name}.example.net:7301"`;
}

function yamlOf(regions: readonly string[], mode: readonly string[], addressesOf: (name: string) => string): SetupFile {
  const [first = ""] = regions;
  const scheme = mode.length === 0 ? "redis" : "rediss";
  return {
    name: `meridian.yaml of ${first}; in each other region with its own region and server`,
    lines: [
      "namespace: production",
      ...mode,
      `region: ${first}`,
      "regions:",
      ...regions.map((name) => `  - { name: ${name}, ${addressesOf(name)} }`),
      "server:",
      `  url: ${scheme}://default:SECRET@redis.${first}.example.net:6379`,
      "gateway: { host: 0.0.0.0, port: 6380 }",
      "link:",
      "  host: 0.0.0.0",
      "  port: 7301",
      "  tls: { cert: /etc/meridian/link.crt, key: /etc/meridian/link.key, ca: /etc/meridian/link-ca.crt }",
    ],
  };
}
