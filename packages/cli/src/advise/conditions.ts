/** Conditions as data: when a rule, an objection or a warning is about the facts at hand. All that is named has to hold. */
import type { ArchitectureId } from "./architectures.js";
import type { Facts, Freshness, Reach } from "./facts.js";
import type { Budget, DataKind, LostWrites, WrittenIn } from "./needs.js";

export interface When {
  kinds?: readonly DataKind[];
  /** Two or more regions, or just one. */
  severalRegions?: boolean;
  twoRegions?: boolean;
  freshness?: readonly Freshness[];
  /** Whether somebody said how old a read may be. */
  bounded?: boolean;
  reach?: readonly Reach[];
  lostWrites?: readonly LostWrites[];
  budget?: readonly Budget[];
  writtenIn?: WrittenIn;
  readsBelow?: number;
  /** What is recommended, for what is said beside it. */
  architecture?: readonly ArchitectureId[];
}

export function holds(when: When, facts: Facts, recommended?: ArchitectureId): boolean {
  return (
    among(when.kinds, facts.kind) &&
    (when.severalRegions === undefined || when.severalRegions === facts.regionCount > 1) &&
    (when.twoRegions === undefined || when.twoRegions === (facts.regionCount === 2)) &&
    among(when.freshness, facts.freshness) &&
    (when.bounded === undefined || when.bounded === (facts.stalenessMs !== null)) &&
    among(when.reach, facts.reach) &&
    among(when.lostWrites, facts.lostWrites) &&
    among(when.budget, facts.budget) &&
    (when.writtenIn === undefined || when.writtenIn === facts.writtenIn) &&
    (when.readsBelow === undefined || facts.readsPercent < when.readsBelow) &&
    (when.architecture === undefined || (recommended !== undefined && when.architecture.includes(recommended)))
  );
}

function among<Value>(wanted: readonly Value[] | undefined, value: Value): boolean {
  return wanted === undefined || wanted.includes(value);
}
