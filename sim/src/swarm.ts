/** Swarm testing: each seed draws its own rates and mix, so that no fault hides behind the average of all. */
import type { CommandProfile, Draw } from "@meridian/testkit";
import type { BrokenMembers } from "./membership.js";

export interface RunOptions {
  regions?: number;
  ttl?: boolean;
  /** Without clash no key is of two types at once. */
  clash?: boolean;
  crashes?: boolean;
  mutant?: Mutant;
  /** What is drawn, instead of what the seed says. */
  weights?: CommandProfile["weights"];
  /** Regions fall out of the logs, or join late, and take in state. */
  stateSync?: boolean;
  /** Of those also some that are set back to an old backup. */
  setsBack?: boolean;
  /** Regions stand still, are full, fail over; lines carry one way; clocks step by an hour (hardships.ts). */
  hardships?: boolean;
  /** Of a backlog runs are sent (packages/core/src/log/run.ts). */
  coalesces?: boolean;
  /** Regions restart again and again, and their former incarnations are folded away. */
  folds?: boolean;
  /** They are, too, before all of them is durable everywhere. */
  foldsEarly?: boolean;
  /** Regions are set back to a time before such a fold, often; goes with `folds` and `stateSync`. */
  foldsForgotten?: boolean;
  /** Regions are added, removed and forgotten (membership.ts). */
  membership?: boolean;
  /** A rule of that is broken. */
  brokenMembers?: BrokenMembers;
  /** Bounded counters too (bounded.ts); goes with weights that flush nothing. */
  bounded?: boolean;
  /** Only what Valkey 9 takes as Redis 7.0 does. */
  isPortable?: boolean;
}

/** Alters a decoded operation on its way to a peer: a broken rule, which the checks must notice. */
export type Mutant = (operation: unknown[]) => unknown[];

export interface Swarm {
  regions: number;
  profile: CommandProfile;
  /** Milliseconds that a message takes, at most. */
  delayMs: number;
  lossRate: number;
  duplicateRate: number;
  partitionRate: number;
  crashRate: number;
  agentCrashRate: number;
  syncRate: number;
  pipelineRate: number;
  trimRate: number;
  clockStepRate: number;
  skewMs: number;
  frozen: boolean;
  localRate: number;
  /** The usual time between steps. */
  stepMs: number;
  /** Of regions that fall out of the logs, and that do a step to be back. */
  fallRate: number;
  importRate: number;
  setBackRate: number;
  foldRate: number;
  /** The last region starts when the others have long written. */
  joinsLate: boolean;
  /** Of batches that are sent as runs, where they can be. */
  runRate: number;
  /** Of local commands. */
  boundedRate: number;
}

export function drawSwarm(draw: Draw, options: RunOptions): Swarm {
  const ttl = options.ttl ?? draw.chance(0.5);
  const frozen = !ttl && draw.chance(0.15);
  const crashes = options.crashes ?? draw.chance(0.5);
  const weights = {
    string: draw.pick([0, 2, 5]),
    counter: draw.pick([1, 5, 9]),
    hash: draw.pick([0, 2, 5]),
    set: draw.pick([0, 2, 5]),
    zset: draw.pick([0, 2, 5]),
    list: draw.pick([0, 2, 5]),
    geo: draw.pick([0, 0, 2]),
    hll: draw.pick([0, 2, 5]),
    stream: draw.pick([0, 2, 5]),
    bits: draw.pick([0, 0, 2]),
    store: draw.pick([0, 1]),
    key: draw.pick([0.5, 3]),
    ttl: draw.pick([1, 4]),
    flush: draw.pick([0, 0, 0.3]),
    // Weights that a test gives take the place of those drawn, and its seeds keep their meaning.
    sort: options.weights === undefined ? draw.pick([0, 0, 2]) : 0,
  };
  const clash = options.clash ?? draw.chance(0.5);
  const regions = options.regions ?? draw.pick([2, 3, 3, 4]);
  return {
    regions,
    profile: {
      keys: draw.pick([1, 1, 2, 3]),
      clashRate: clash ? draw.pick([0.05, 0.3]) : 0,
      ttl,
      badRate: draw.pick([0, 0.05]),
      weights: options.weights ?? weights,
      idRegions: regions,
      isPortable: options.isPortable ?? false,
    },
    delayMs: draw.pick([1, 50, 400]),
    lossRate: draw.pick([0, 0.05, 0.3]),
    duplicateRate: draw.pick([0, 0.1]),
    partitionRate: draw.pick([0, 0.02, 0.08]),
    crashRate: options.folds === true ? 0.08 : crashes ? draw.pick([0.01, 0.05]) : 0,
    agentCrashRate: draw.pick([0, 0.02]),
    syncRate: draw.pick([0.05, 0.2]),
    pipelineRate: draw.pick([0, 0.15]),
    trimRate: draw.pick([0, 0.05]),
    clockStepRate: draw.pick([0, 0, 0.02]),
    skewMs: frozen ? 0 : draw.pick([0, 20, 500]),
    frozen,
    localRate: draw.pick([0.35, 0.6]),
    foldRate: options.folds === true ? draw.pick([0.1, 0.3]) : 0,
    ...drawSync(draw, options),
    runRate: options.coalesces === true ? draw.pick([0.5, 0.9]) : 0,
    boundedRate: options.bounded === true ? draw.pick([0.5, 0.9]) : 0,
    stepMs: ttl ? draw.pick([5, 100, 700]) : draw.pick([1, 20]),
  };
}

/** Nothing is drawn where it is not asked for, so that seeds keep their meaning. */
function drawSync(
  draw: Draw,
  { stateSync = false, setsBack = true, membership = false }: RunOptions,
): Pick<Swarm, "fallRate" | "importRate" | "setBackRate" | "joinsLate"> {
  if (!stateSync && !membership) return { fallRate: 0, importRate: 0, setBackRate: 0, joinsLate: false };
  return {
    fallRate: stateSync ? draw.pick([0.005, 0.02]) : 0,
    importRate: draw.pick([0.1, 0.4]),
    setBackRate: stateSync && setsBack && !membership ? draw.pick([0, 0.005, 0.02]) : 0,
    joinsLate: stateSync && draw.chance(0.3),
  };
}
