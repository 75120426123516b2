/**
 * Bounded counters in a run: random commands on them, and what must hold of them. Stated here once more, from the logs: what was
 * added and taken is counted by the commands' replies, never by what the core makes of them.
 *
 * Properties
 * 1. In what any region has seen nothing is below zero, and the shares make up what is left.
 * 2. At rest all that the logs know to have been taken is no more than what they know to have been added, and the rest is left.
 */
import type { Reply } from "@meridian/core";
import type { Draw } from "@meridian/testkit";
import { Failure, text } from "./failure.js";
import type { Region } from "./region.js";
import type { World } from "./world.js";

/** Of other commands, where there are bounded counters: nothing that takes keys away which it does not name. */
export const beside = { flush: 0, sort: 0 };

const NAME = "MERIDIAN.BOUNDED";
const KEYS = ["q0", "q1"];
const LEFT = "~left";
const KINDS = ["CREATE", "ADD", "ADD", "TAKE", "TAKE", "TAKE", "TAKE", "GIVE", "GIVE", "ASK", "ANSWER", "GET"];

interface Change {
  readonly key: string;
  readonly by: number;
  readonly origin: string;
  readonly stamp: number;
}

export class BoundedCounters {
  /** What was taken in all that the logs know, at the end. */
  taken = 0;
  private readonly changes: Change[] = [];

  constructor(private readonly world: World) {}

  /** One command in the region, and whether it did what it said. */
  step(region: Region): void {
    const command = this.draw(region);
    const before = left(region, command[2]!);
    const reply = region.call(...command);
    this.world.steps.push({ kind: "command", region: region.name, command, reply });
    const by = changeOf(command, reply);
    const after = left(region, command[2]!);
    if (after !== by + before)
      throw new Failure("bounded", `${region.name} ${text(command)} ${text(reply)}: ${before} became ${after}`);
    const origin = region.ownOrigin();
    const stamp = region.vector().get(origin) ?? 0;
    if (by !== 0) this.changes.push({ key: command[2]!, by, origin, stamp });
  }

  checkEverywhere(): void {
    for (const region of this.world.regions) for (const key of KEYS) checkShares(region, key);
  }

  checkAtRest(): void {
    this.checkEverywhere();
    for (const region of this.world.regions) {
      const vector = region.vector();
      for (const key of KEYS) {
        let sum = 0;
        for (const { by, origin, stamp } of this.changes.filter((change) => change.key === key)) {
          if (stamp > (vector.get(origin) ?? 0)) continue; // nobody has it any more
          sum += by;
          if (region === this.world.regions[0] && by < 0) this.taken -= by;
        }
        if (sum < 0 || sum !== left(region, key))
          throw new Failure("bounded", `${region.name} shows ${left(region, key)} of ${key}, the logs make it ${sum}`);
      }
    }
  }

  private draw(region: Region): string[] {
    const { draw, regions } = this.world;
    const key = draw.pick(KEYS);
    const other = draw.pick(regions).name;
    const kind = draw.pick(KINDS);
    if (kind === "CREATE") return create(draw, key, region.name === other ? undefined : other);
    if (kind === "GET") return [NAME, kind, key];
    if (kind === "ANSWER") return [NAME, kind, key, other];
    const amount = String(kind === "TAKE" && draw.chance(0.4) ? all(region, key) : 1 + draw.below(draw.pick([3, 30])));
    return kind === "GIVE" ? [NAME, kind, key, other, amount] : [NAME, kind, key, amount];
  }
}

/** What the region could take, were all of its incarnations one. */
function all(region: Region, key: string): number {
  let sum = 0;
  for (const [field, value] of fieldsOf(region, key)) if (field.startsWith(`~${region.name}~`)) sum += Number(value);
  return sum > 0 && sum !== left(region, key) ? sum : 1;
}

function create(draw: Draw, key: string, other: string | undefined): string[] {
  const amount = draw.below(100);
  const shares = other !== undefined && amount > 1 && draw.chance(0.5) ? [other, String(1 + draw.below(amount))] : [];
  return [NAME, "CREATE", key, String(amount), ...shares];
}

/** By how much the command changed what is left in all. */
function changeOf([, kind, , amount]: string[], reply: Reply): number {
  if (typeof reply === "object" && "err" in reply) return 0;
  if (kind === "CREATE" || kind === "ADD") return Number(amount);
  return kind === "TAKE" ? -Number(amount) : 0;
}

function fieldsOf(region: Region, key: string): ReadonlyMap<string, string> {
  const value = region.keyspace.slot(key)?.value;
  return value?.type === "hash" ? value.fields : new Map();
}

function left(region: Region, key: string): number {
  return Number(fieldsOf(region, key).get(LEFT) ?? "0");
}

function checkShares(region: Region, key: string): void {
  let sum = 0;
  const fields = fieldsOf(region, key);
  for (const [field, value] of fields) {
    if (Number(value) < 0) throw new Failure("bounded", `${region.name}: ${key} ${field} is ${value}`);
    if (field !== LEFT) sum += Number(value);
  }
  if (sum !== left(region, key))
    throw new Failure("bounded", `${region.name}: ${key} has shares of ${sum}, left ${left(region, key)}`);
}
