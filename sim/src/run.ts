/**
 * One seeded run: random commands, faults and time, checks after each step; then rest, and the checks of the end.
 *
 * Safety first (whatever the faults, no step may break a property), then liveness (without faults, all come to rest).
 */
import { randomCommand, type Draw } from "@meridian/testkit";
import { checkAgreement } from "./checkers/agreement.js";
import { checkCausality } from "./checkers/causality.js";
import { checkConvergence } from "./checkers/convergence.js";
import { checkDigests } from "./checkers/digests.js";
import { checkLeftovers, checkMarks } from "./checkers/leftovers.js";
import { checkLosers } from "./checkers/losers.js";
import { checkSequential } from "./checkers/sequential.js";
import { Failure } from "./failure.js";
import { limits } from "./limits.js";
import type { Region } from "./region.js";
import type { RunOptions } from "./swarm.js";
import { World, type Step } from "./world.js";

const CAUSALITY_EVERY = 10;

export interface RunResult {
  seed: number;
  steps: Step[];
  entries: number;
  /** Every entry that was logged, in the order in which it was taken up. */
  log: readonly { origin: string; stamp: number; payload: string }[];
  regions: number;
  folds: number;
  /** Regions that were set back to a time before one. */
  foldsForgotten: number;
  /** How much was taken from bounded counters. */
  taken: number;
  /** Regions that were added, removed and forgotten. */
  members: { added: number; removed: number; forgotten: number };
  failure?: Failure;
}

export function runSeed(seed: number, steps: number, options: RunOptions = {}): RunResult {
  const world = new World(seed, options);
  const result: RunResult = {
    seed,
    steps: world.steps,
    entries: 0,
    log: [],
    regions: world.regions.length,
    folds: 0,
    foldsForgotten: 0,
    taken: 0,
    members: { added: 0, removed: 0, forgotten: 0 },
  };
  try {
    for (let step = 0; step < steps; step++) {
      advance(world);
      takeStep(world);
      checkConvergence(world.regions);
      world.bounded?.checkEverywhere();
      if (step % CAUSALITY_EVERY === 0) checkCausality(world, world.draw.pick(world.regions));
    }
    finish(world);
  } catch (error) {
    result.failure =
      error instanceof Failure
        ? error
        : new Failure("crash", error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  result.log = [...world.history.entries.values()];
  result.entries = result.log.length;
  result.folds = world.folding.count;
  result.foldsForgotten = world.folding.forgotten;
  result.taken = world.bounded?.taken ?? 0;
  if (world.membership !== undefined) result.members = world.membership.counts;
  return result;
}

function advance(world: World): void {
  const { swarm, draw } = world;
  if (swarm.frozen) return;
  world.nowMs += draw.pick([0, 0, 1, swarm.stepMs]);
  if (swarm.profile.ttl && draw.chance(0.02)) world.nowMs += draw.pick([1500, 6000, 70000]);
}

function takeStep(world: World): void {
  const { draw, swarm, regions } = world;
  const region = draw.pick(regions);
  world.deliverArrived();
  world.folding.forget();
  if (world.hardships?.step(region) === true || world.hardships?.isStopped(region) === true) return;
  if (world.membership?.step(region) === true) return;
  if (swarm.importRate > 0 && syncStep(world, region)) return;
  if (draw.chance(swarm.localRate)) {
    localStep(world, region);
    return;
  }
  if (draw.chance(swarm.crashRate)) {
    world.note(region, "crash: the unsynced tail is lost");
    region.crash();
  } else if (draw.chance(swarm.agentCrashRate)) {
    world.note(region, "agent crash");
    world.network.dropOf(region.place);
  } else if (draw.chance(swarm.partitionRate)) {
    const other = draw.pick(regions);
    if (other !== region) world.network.toggle(region.place, other.place);
  } else if (draw.chance(swarm.clockStepRate)) {
    region.skewMs = world.skew();
    world.note(region, `clock steps to ${region.skewMs} ms`);
  } else if (draw.chance(swarm.syncRate)) syncDisk(world, region);
  else if (swarm.foldRate > 0 && draw.chance(swarm.foldRate)) world.folding.step(region);
  else if (draw.chance(swarm.trimRate)) trim(world, region);
  else if (draw.chance(0.1)) region.sweep();
  else sendStep(world, region);
}

function syncDisk(world: World, region: Region): void {
  if (world.hardships?.isDiskless(region) !== true) region.sync();
}

/** True where the step was one of a region that is out of the logs, or falls out. */
function syncStep(world: World, region: Region): boolean {
  const { sync, draw, swarm } = world;
  if (sync.isAway(region) && draw.chance(0.1)) sync.comeBack(region);
  if (sync.isAbsent(region)) return true;
  const writing = draw.chance(0.3) ? sync.drawBehind() : undefined;
  if (writing) localStep(world, writing);
  if (draw.chance(swarm.fallRate)) sync.takeOut(region);
  else if (draw.chance(swarm.setBackRate)) sync.setBack(region);
  else if (draw.chance(0.03)) region.backUp();
  else if (sync.isBehind(region) && draw.chance(swarm.importRate)) {
    sync.step(region);
    checkCausality(world, region);
  } else return false;
  return true;
}

function localStep(world: World, region: Region): void {
  if (world.hardships?.isFull(region) === true || world.membership?.isClosed(region) === true) return;
  if (world.bounded !== undefined && world.draw.chance(world.swarm.boundedRate)) return world.bounded.step(region);
  const command = drawCommand(world);
  const before = region.visible();
  const reply = region.call(...command);
  world.steps.push({ kind: "command", region: region.name, command, reply });
  checkSequential(region, command, before, reply);
}

function drawCommand({ draw, swarm }: World): string[] {
  if (!draw.chance(swarm.pipelineRate)) return randomCommand(draw, swarm.profile);
  const commands = Array.from({ length: 1 + draw.below(4) }, () => randomCommand(draw, swarm.profile));
  if (swarm.profile.ttl && draw.chance(0.3)) commands.push(...shortThenLong(draw));
  return ["pipeline", ...commands.flatMap((command) => [String(command.length), ...command])];
}

/** A deadline that may pass on the way to others, and in the same unit what builds upon the key. */
function shortThenLong(draw: Draw): string[][] {
  const key = draw.pick(["s0", "n0", "h0", "e0"]);
  const next = [
    ["PERSIST", key],
    ["EXPIRE", key, "3600"],
    ["INCR", "n0"],
    ["HINCRBY", "h0", "i", "1"],
    ["SADD", "e0", "f"],
  ];
  return [["PEXPIRE", key, "100"], draw.pick(next), ["EXPIRE", key, "60"]];
}

function sendStep(world: World, from: Region): void {
  for (const to of world.regions) {
    if (to === from || world.network.isCut(from.place, to.place)) continue;
    if (!world.sync.sends(from) || world.sync.isAway(to)) continue;
    for (const message of world.batchesFor(from, to)) world.network.send(message, world.nowMs);
  }
}

/** Drops from one region's logs what every region holds durably that is not to take in state anyway. */
function trim(world: World, region: Region): void {
  for (const origin of region.origins()) {
    const needed = world.regions.flatMap((one) => world.sync.neededBy(one));
    const stamp = Math.min(...needed.map((vector) => vector.get(origin) ?? 0));
    if (stamp > 0) region.call("trim", origin, String(stamp));
  }
  world.note(region, "trim");
}

function finish(world: World): void {
  world.settle();
  if (world.membership !== undefined) cleanUpForOthers(world);
  quiet(world);
  checkAgreement(world);
  world.membership?.check();
  world.bounded?.checkAtRest();
  checkConvergence(world.regions);
  checkDigests(world.regions);
  checkLosers(world);
  passDeadlines(world);
  checkAgreement(world);
  checkDigests(world.regions);
  checkLeftovers(world);
  const [first] = world.regions;
  first?.call("FLUSHALL");
  world.note(first, "FLUSHALL at the end");
  world.settle();
  checkAgreement(world);
  checkLeftovers(world);
  writeOnce(world);
  checkMarks(world);
}

/** What a region that is gone would have cleaned up at once, the others do after a grace. */
function cleanUpForOthers(world: World): void {
  world.nowMs += limits.passStepMs;
  world.settle();
}

/** Each region says once more what it has seen, and time passes: then destroyed groups need not be remembered any more. */
function writeOnce(world: World): void {
  world.nowMs += limits.marksKeptMs;
  for (const region of world.regions) region.call("PUBLISH", "end", region.name);
  world.settle();
}

function deadlines(world: World): number[] {
  return world.regions.flatMap((region) => [...region.visible().values()].map(({ deadlineMs }) => deadlineMs));
}

/** Lets time pass until no deadline is so near that clocks could differ about it. */
function quiet(world: World): void {
  for (let attempt = 0; attempt < limits.quietAttemptsMax; attempt++) {
    if (!deadlines(world).some((deadline) => deadline > 0 && Math.abs(deadline - world.nowMs) <= limits.quietMarginMs))
      return;
    world.nowMs += limits.quietMarginMs;
    world.settle();
  }
  throw new Failure("rest", "no moment without a deadline near");
}

/** Lets all deadlines pass but those decades away. */
function passDeadlines(world: World): void {
  if (!world.swarm.profile.ttl) return;
  for (let attempt = 0; attempt < limits.quietAttemptsMax; attempt++) {
    const coming = deadlines(world).filter((deadline) => deadline > 0 && deadline < world.nowMs + limits.farDeadlineMs);
    world.nowMs = Math.max(world.nowMs, ...coming) + limits.passStepMs;
    world.settle();
    if (coming.length === 0) return;
  }
  throw new Failure("rest", "deadlines do not end");
}
