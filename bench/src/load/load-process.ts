/**
 * Our own load, in a process of its own so that it takes no time from whoever measures:
 *
 *     closed   each connection sends its pipeline, waits for the replies, sends the next, until all is sent
 *     paced    so many commands a second, spread over the connections, until told to stop; ready when the first are answered
 */
import { setTimeout as delay } from "node:timers/promises";
import { seededRandom } from "@meridian/testkit";
import { runTask } from "../world/child-task.js";
import { LoadConnection } from "./connection.js";
import { CommandTemplate } from "./template.js";

interface Common {
  readonly port: number;
  readonly args: readonly string[];
  readonly keys: number;
  readonly connections: number;
}
export type LoadTask = Common &
  ({ kind: "closed"; pipeline: number; requests: number } | { kind: "paced"; ratePerSecond: number });

const SEED = 20_240_101;
const PACE_MS = 1;

async function closed(task: Extract<LoadTask, { kind: "closed" }>): Promise<unknown> {
  const template = new CommandTemplate(task.args);
  const random = seededRandom(SEED);
  const connections = await open(task);
  let left = task.requests;
  const drive = async (connection: LoadConnection): Promise<void> => {
    while (left > 0) {
      const count = Math.min(task.pipeline, left);
      left -= count;
      let text = "";
      for (let at = 0; at < count; at++) text += template.render(() => random.integer(0, task.keys - 1));
      await connection.send(text, count);
    }
  };
  const [startedMs, cpuBefore] = [performance.now(), process.cpuUsage()];
  await Promise.all(connections.map(drive));
  const wallMs = performance.now() - startedMs;
  const cpu = process.cpuUsage(cpuBefore);
  for (const connection of connections) connection.close();
  return {
    opsPerSecond: (task.requests * 1000) / wallMs,
    generatorShare: (cpu.user + cpu.system) / 1000 / wallMs,
  };
}

/** What a slow tick left undone is sent in the next one. Resolves with the rate that was reached. */
async function paced(
  task: Extract<LoadTask, { kind: "paced" }>,
  stopped: AbortSignal,
  ready: () => void,
): Promise<unknown> {
  const template = new CommandTemplate(task.args);
  const random = seededRandom(SEED);
  const connections = await open(task);
  const startedMs = performance.now();
  let [sent, answered] = [0, 0];
  let failure: Error | undefined;
  while (!stopped.aborted && failure === undefined) {
    const due = Math.floor(((performance.now() - startedMs) * task.ratePerSecond) / 1000);
    for (; sent < due; sent++) {
      const connection = connections[sent % connections.length]!;
      const text = template.render(() => random.integer(0, task.keys - 1));
      connection.send(text, 1).then(
        () => answered++,
        (error: Error) => (failure = error),
      );
    }
    if (answered > 0) ready();
    await delay(PACE_MS);
  }
  if (failure !== undefined) throw failure;
  const wallMs = performance.now() - startedMs;
  for (const connection of connections) connection.close();
  return { opsPerSecond: (answered * 1000) / wallMs };
}

function open({ port, connections }: Common): Promise<LoadConnection[]> {
  return Promise.all(Array.from({ length: connections }, () => LoadConnection.open(port)));
}

runTask((task, stopped, ready) => {
  const load = task as LoadTask;
  return load.kind === "closed" ? closed(load) : paced(load, stopped, () => ready(undefined));
});
