/** What a failed test needs to be judged: where each region stands, what its links do, what alarms were raised. */
import { vectorOf, type Region } from "./regions.js";

/** One paragraph a region; `keys`: strings whose values are shown. Never throws: a server may be the one that is down. */
export async function reportOf(regions: readonly Region[], keys: readonly string[] = []): Promise<string> {
  return (await Promise.all(regions.map((region) => paragraphOf(region, keys)))).join("\n");
}

async function paragraphOf(region: Region, keys: readonly string[]): Promise<string> {
  const { engine, replication } = region;
  const { ownOrigin, vector, incoming, outgoing } = replication.status();
  const lines = [`region ${region.name}: server pid ${engine.pid ?? "none"}, agent's own origin ${ownOrigin}`];
  lines.push(`  server's vector: ${await textOf(vectorOf(engine))}`);
  lines.push(`  agent's vector:  ${pairs(vector)}`);
  for (const key of keys) lines.push(`  ${key}: ${await textOf(engine.redis.get(key))}`);
  for (const { from, to, state, sinceMs, lagMs, backlogEntries, operationsTotal, lastError } of [
    ...incoming,
    ...outgoing,
  ]) {
    const sinceText = `for ${Date.now() - sinceMs} ms`;
    const counts = `lag ${lagMs} ms, backlog ${backlogEntries}, operations ${operationsTotal}`;
    lines.push(`  ${from} -> ${to}: ${state} ${sinceText}, ${counts}, last error: ${lastError}`);
  }
  for (const { region: name, vector: applied } of replication.holdings()) {
    if (name !== region.name) lines.push(`  knows of ${name}: ${pairs(applied)}`);
  }
  const nowMs = Date.now();
  for (const { message, count, firstMs, lastMs } of replication.alarms()) {
    lines.push(`  alarm, ${count} times, first ${nowMs - firstMs} ms ago, last ${nowMs - lastMs} ms ago: ${message}`);
  }
  return lines.join("\n");
}

function pairs(vector: Readonly<Record<string, number>>): string {
  return Object.entries(vector)
    .filter(([, stamp]) => stamp > 0)
    .map(([origin, stamp]) => `${origin} ${stamp}`)
    .sort()
    .join(", ");
}

async function textOf(value: Promise<unknown>): Promise<string> {
  try {
    return String(await value);
  } catch (error) {
    return `unknown: ${error instanceof Error ? error.message : String(error)}`;
  }
}
