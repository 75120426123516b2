/**
 * fold origin [origin stamp ...]: says for all regions that the origins up to this one can no longer speak. A region says so
 * of its own, and any of them of one that is gone. The pairs are what each of them ended with. Answers 1, or 0: not now.
 *
 * Who calls it must know that every region holds all of them durably, and that nobody can give more of them back
 * (docs/decisions/0028-folded-origins.md).
 */
import { errors, refuse } from "../errors.js";
import { integerOf, type Reply } from "../host.js";
import { regionOf } from "../clock/origin.js";
import { fold } from "../effects/fold.js";
import type { Partition } from "../state/partition.js";
import { isFoldedBy, WHOLE } from "../state/whole.js";
import { isOrigin } from "./shapes.js";
import { beginUnit, commit, note } from "./unit.js";

export function foldOrigins(partition: Partition, args: string[]): Reply {
  const latest = args[1] ?? "";
  if (!isOrigin(latest) || args.length % 2 !== 0) return refuse(errors.badFold);
  const ends: Record<string, number | undefined> = {};
  for (let at = 2; at < args.length; at += 2) ends[args[at]!] = integerOf(args[at + 1]!);
  if (!mayFold(partition, latest, ends)) return 0;
  // Logged first: the entry can't depend on what it says.
  const unit = beginUnit(partition);
  note(unit, ["f", latest]);
  commit(unit);
  fold(partition, latest);
  return 1;
}

/** Whether all up to the origin are ended, and stand here as the caller says. */
function mayFold(partition: Partition, latest: string, ends: Record<string, number | undefined>): boolean {
  const { origins, vector, own, views, adoption } = partition;
  const { region, gone, closed } = partition.deployment;
  if (views !== undefined || adoption !== undefined || closed !== "") return false;
  const isOwn = regionOf(latest) === region;
  if (isOwn ? latest >= origins[own]! : gone[regionOf(latest)] !== true) return false;
  const last = partition.indexOf[latest];
  if (last === undefined || vector[last] === WHOLE) return false;
  for (let index = 1; index < origins.length; index++) {
    const stamp = vector[index] ?? 0;
    if (stamp === 0 || stamp === WHOLE || !isFoldedBy(latest, origins[index]!)) continue;
    if (ends[origins[index]!] !== stamp) return false;
  }
  return true;
}
