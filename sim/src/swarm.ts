/** Swarm testing: each seed draws its own rates and mix, so that no fault hides behind the average of all. */
import type { CommandProfile, Draw } from "@meridian/testkit";

export interface RunOptions {
  regions?: number;
  ttl?: boolean;
  /** Without clash no key is of two types at once. */
  clash?: boolean;
  crashes?: boolean;
  mutant?: Mutant;
  /** What is drawn, instead of what the seed says. */
  weights?: CommandProfile["weights"];
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
    crashRate: crashes ? draw.pick([0.01, 0.05]) : 0,
    agentCrashRate: draw.pick([0, 0.02]),
    syncRate: draw.pick([0.05, 0.2]),
    pipelineRate: draw.pick([0, 0.15]),
    trimRate: draw.pick([0, 0.05]),
    clockStepRate: draw.pick([0, 0, 0.02]),
    skewMs: frozen ? 0 : draw.pick([0, 20, 500]),
    frozen,
    localRate: draw.pick([0.35, 0.6]),
    stepMs: ttl ? draw.pick([5, 100, 700]) : draw.pick([1, 20]),
  };
}
