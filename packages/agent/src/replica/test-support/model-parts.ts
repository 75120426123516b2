/** What a model world is made of: its bounds, how bad it may be, regions with their agents, and streams between them. */
import { replicaLimits, type ReplicaLimits } from "../limits.js";
import { Replica } from "../machine.js";
import type { Command } from "../protocol.js";
import type { ModelServer } from "./model-server.js";

export const worldLimits: ReplicaLimits = {
  ...replicaLimits,
  windowBytesMax: 3000,
  windowEntriesMax: 40,
  frameBytesMax: 400,
  frameEntriesMax: 8,
  readEntriesMax: 16,
  tailBytesMax: 2000,
  applyEntriesMax: 6,
  queueBytesMax: 2500,
  relayAfterMs: 300,
  relayConnectedAfterMs: 1500,
  rewindRetryMs: 400,
  applyRetryMs: 100,
  quarantineMs: 1500,
  parkMs: 2000,
  trimEveryMs: 200,
  trimKeepMs: 500,
};

/** How bad this run is, each from 0. */
export interface Weather {
  readonly delayMs: number;
  readonly writeRate: number;
  readonly breakRate: number;
  readonly cutRate: number;
  readonly agentCrashRate: number;
  readonly takeoverRate: number;
  readonly serverCrashRate: number;
  readonly poisonRate: number;
}

export interface Agent {
  readonly machine: Replica<string>;
  /** Counts lives of agent and server: answers to an earlier one are lost. */
  life: number;
  follow: Extract<Command<string>, { kind: "read" }> | undefined;
}

export interface Node {
  readonly name: string;
  /** The last one has taken over from those before it, which don't know it yet. */
  agents: Agent[];
  readonly server: ModelServer;
  serverUp: boolean;
  serverClearMs: number;
}

export interface Stream {
  readonly sender: Node;
  readonly receiver: Node;
  /** Between which two of their agents. */
  sends: Agent | undefined;
  receives: Agent | undefined;
  number: number;
  open: boolean;
  dialAtMs: number;
  /** Each way: nothing overtakes. */
  clearMs: [number, number];
}

export function newAgent(name: string, names: readonly string[]): Agent {
  return { machine: new Replica<string>(name, names, worldLimits), life: 0, follow: undefined };
}

export function activeOf(node: Node): Agent {
  return node.agents.at(-1)!;
}
