/** All that a region's servers show, in a form in which two that show the same are equal. */
import type { Redis } from "ioredis";

const OWN_PREFIX = "mer:{";

/** Keys in order, with what Redis itself says of each. */
export async function contentOf(servers: readonly Redis[]): Promise<Map<string, unknown>> {
  const contents = await Promise.all(servers.map(contentOfOne));
  return new Map(contents.flat().toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

async function contentOfOne(server: Redis): Promise<[string, unknown][]> {
  const keys: string[] = [];
  for (let cursor = "0"; ;) {
    const [next, page] = await server.scan(cursor, "COUNT", 10_000);
    keys.push(...page.filter((key) => !key.startsWith(OWN_PREFIX)));
    if (next === "0") break;
    cursor = next;
  }
  const content: [string, unknown][] = [];
  const types = await typesOf(server, keys);
  for (const key of keys) content.push([key, await valueOf(server, key, types.get(key) ?? "none")]);
  return content;
}

async function typesOf(server: Redis, keys: readonly string[]): Promise<Map<string, string>> {
  const pipeline = server.pipeline();
  for (const key of keys) pipeline.type(key);
  const replies = (await pipeline.exec()) ?? [];
  return new Map(keys.map((key, at) => [key, String(replies[at]?.[1])]));
}

async function valueOf(server: Redis, key: string, type: string): Promise<unknown> {
  switch (type) {
    case "string":
      return server.get(key);
    case "hash":
      return Object.entries(await server.hgetall(key)).toSorted(([left], [right]) => (left < right ? -1 : 1));
    case "set":
      return (await server.smembers(key)).toSorted();
    case "zset":
      return server.zrange(key, 0, -1, "WITHSCORES");
    case "list":
      return server.lrange(key, 0, -1);
    case "stream":
      return server.xrange(key, "-", "+");
    default:
      return type;
  }
}
