/** Two regions under pressure: an agent each, as a process, on servers and lines that a test makes bad. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { freePorts, type SpawnedRedis, waitFor } from "@meridian/testkit";
import { clientOf, runAgent, type RunningAgent } from "../running-agent.js";
import { ShapedLine, type Shape } from "../shaped-line.js";

export interface Pair {
  readonly us: RunningAgent;
  readonly eu: RunningAgent;
}

const CAUGHT_UP_MS_MAX = 60_000;

/** `shape`: of the line between the two, both ways. */
export async function startPair(usServer: SpawnedRedis, euServer: SpawnedRedis, shape?: Shape): Promise<Pair> {
  const [us = 0, eu = 0] = await freePorts(2);
  if (shape === undefined) {
    const links = [us, eu];
    return { us: await runAgent("us", links, usServer), eu: await runAgent("eu", links, euServer) };
  }
  // The receiver dials: what us writes goes through the line that eu dials.
  const line = await ShapedLine.start(us, shape);
  const back = await ShapedLine.start(eu, shape);
  return {
    us: await runAgent("us", [us, back.port], usServer),
    eu: await runAgent("eu", [line.port, eu], euServer),
  };
}

/** Many values of one size, written as fast as the gateway takes them. Resolves with the keys. */
export async function writeValues(
  agent: RunningAgent,
  prefix: string,
  count: number,
  bytes: number,
): Promise<string[]> {
  const client = clientOf(agent.gatewayPort);
  const keys = Array.from({ length: count }, (_, number) => `${prefix}:${number}`);
  // Not alike, for links are packed.
  const noise = (key: string): string => Buffer.from(key.repeat(4)).toString("base64").repeat(bytes).slice(0, bytes);
  for (let at = 0; at < keys.length; at += 100) {
    const pipeline = client.pipeline();
    for (const key of keys.slice(at, at + 100)) pipeline.set(key, noise(key));
    for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error;
  }
  client.disconnect();
  return keys;
}

/** The same, of values of which nothing packs. */
export async function writeNoise(agent: RunningAgent, prefix: string, count: number, bytes: number): Promise<string[]> {
  const keys = Array.from({ length: count }, (_, number) => `${prefix}:${number}`);
  for (let at = 0; at < keys.length; at += 50) {
    const pipeline = agent.gateway.pipeline();
    for (const key of keys.slice(at, at + 50)) pipeline.set(key, randomBytes(bytes));
    for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error;
  }
  return keys;
}

/** Until a region has all the keys. */
export async function hasAll(agent: RunningAgent, keys: readonly string[]): Promise<void> {
  let count = 0;
  const isThere = async (): Promise<boolean> => (count = await agent.gateway.exists(...keys)) === keys.length;
  await waitFor(isThere, { what: "all that was written", timeoutMs: CAUGHT_UP_MS_MAX, intervalMs: 100 }).catch(
    (error: unknown) => {
      throw new Error(`${count} of ${keys.length} keys are there`, { cause: error });
    },
  );
}

/** The codes of a region's alarms, as its status has them. */
export async function alarmsOf(agent: RunningAgent): Promise<string[]> {
  const { regions } = await agent.status();
  return regions.flatMap(({ alarms }) => alarms.map(({ code }) => code));
}

export async function raises(agent: RunningAgent, code: string): Promise<void> {
  await waitFor(async () => (await alarmsOf(agent)).includes(code), { what: `the alarm ${code}` });
}

/** Memory of the agent's process, in bytes. */
export function memoryOf({ child }: RunningAgent): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1024;
}
