/**
 * Wishes: what regions ask of the shares of others (bounded-rights.ts). A region's agent asks for what its sales lacked, and the
 * agents of the others give.
 *
 * What the regions wish for is one hash in the partition's slot, `<root>.wishes`: `<region>~<key>` -> how much. It is a key like
 * any other, so wishes follow the data; it is there while something is wished for. It begins as Meridian's own keys do, so who may
 * write at all may write it, but is none of them.
 *
 * What sales lacked is kept in the server's memory until the region's agent asks: it writes nothing, and is lost with the process.
 */
import { errors, isRefused, OK, refuse } from "../errors.js";
import { regionOf } from "../clock/origin.js";
import { errorOf, host, type Packed, type Reply } from "../host.js";
import { keepOf, openKey, perform, type Unit } from "../log/unit.js";
import { rememberLack, takeLacks, takeRoots } from "../state/lacks.js";
import type { Partition } from "../state/partition.js";
import { wishesKey } from "../state/reserved.js";
import { amountArgument } from "./bounded-amounts.js";
import {
  activeRegions,
  amountOf,
  changeShare,
  latestOrigin,
  LEFT,
  loose,
  openStock,
  ownOrigin,
  sharesOf,
  takeUp,
  type Stock,
} from "./bounded-rights.js";
import { openTyped } from "./opened.js";

/** Wishes that one call looks at. */
const WISHES_MAX = 500;
/** A share below this part of an even one is low. */
const LOW_PART = 4;

/**
 * After a sale that leaves `here`, or of one that could not be: where the share is low, what would make it an even one is
 * remembered for the agent.
 */
export function noteLack({ partition }: Unit, { key, left }: Stock, here: number, asked: number): void {
  if (left <= here) return;
  const even = Math.floor(left / activeRegions(partition).length);
  if (here >= asked && here * LOW_PART >= even) return;
  const wanted = (asked > even ? asked : even) - here;
  rememberLack(partition, key, wanted > 0 ? wanted : 1);
}

/** ASK key n: this region wishes for so much of the others' shares; 0: for nothing any more. */
export function ask(unit: Unit, args: string[]): Reply {
  const amount = amountArgument(args[3]!, 0);
  if (isRefused(amount)) return amount;
  const { root } = unit.partition;
  const { region } = unit.partition.deployment;
  const key = args[2]!;
  if (amount === 0) {
    dropWish(unit, region, key);
    return OK;
  }
  const stock = openStock(unit, key);
  if (isRefused(stock)) return stock;
  const state = openTyped(unit, wishesKey(root), "h");
  if (isRefused(state)) return state;
  const field = `${region}~${key}`;
  perform(unit, ["H", state.key, [field, host.integerText(amount), []], keepOf(unit, state, "h")]);
  return OK;
}

export function dropWish(unit: Unit, region: string, key: string): void {
  const state = openKey(unit, wishesKey(unit.partition.root));
  const field = `${region}~${key}`;
  if (state.shown !== "h" || host.call("HEXISTS", state.key, field) === 0) return;
  const pairs: Packed[] = [field, []];
  const isEmptied = host.call("HLEN", state.key) === 1;
  const keep = keepOf(unit, state, "h");
  if (isEmptied) keep[0] = 0;
  perform(unit, ["R", state.key, pairs, isEmptied ? 1 : 0, keep]);
}

/** ANSWER key region: gives what the region wishes for, but at most half of this share, rounded up. The amount given. */
export function answerWish(unit: Unit, args: string[]): Reply {
  const { partition } = unit;
  const [, , key, region] = args as [string, string, string, string];
  if (region === partition.deployment.region) return refuse(errors.boundedOwn);
  const wish = host.call("HGET", wishesKey(partition.root), `${region}~${key}`);
  if (typeof wish !== "string") return 0;
  const stock = openStock(unit, key);
  const target = latestOrigin(partition, region);
  const isIdle = isRefused(stock) || target === undefined || partition.deployment.gone[region] === true;
  const wanted = amountArgument(wish, 1);
  if (isIdle || isRefused(wanted)) {
    dropWish(unit, region, key);
    return 0;
  }
  const shares = loose(partition, sharesOf(key));
  const here = stock.own + amountOf(shares);
  const spared = Math.floor((here + 1) / 2);
  const given = wanted < spared ? wanted : spared;
  if (given <= 0) return 0;
  if (shares.length > 0) takeUp(unit, key, shares);
  changeShare(unit, key, ownOrigin(partition), -given);
  changeShare(unit, key, target, given);
  dropWish(unit, region, key);
  return given;
}

/**
 * bounded, for agents: what to ask for, [key amount ...], which is then forgotten; what others wish for that this region could
 * give, [key region place ...], where place 0 has the largest share, 1 the next; the keys for which this region need wish no more;
 * and, where partitions are hash slots, the roots of those of this node in which there may be something of these.
 */
export function boundedWork(partition: Partition): Reply {
  const roots = takeRoots();
  if (partition.deployment.closed !== "") return [[], [], [], roots];
  const lacks = takeLacks(partition);
  const lacked: Reply[] = [];
  for (const key of lacks.keys) lacked.push(key, host.integerText(lacks.amounts[key]!));
  const given: Reply[] = [];
  const idle: Reply[] = [];
  const fields = fieldsOf(wishesKey(partition.root));
  const count = fields.length < WISHES_MAX ? fields.length : WISHES_MAX;
  // All of them are looked at in turn, where there are more.
  const first = count < fields.length ? partition.now % fields.length : 0;
  for (let step = 0; step < count; step++) {
    const field = fields[(first + step) % fields.length]!;
    const region = regionOf(field);
    const key = field.substring(region.length + 1);
    if (region === partition.deployment.region) {
      if (isIdle(partition, key)) idle.push(key);
    } else {
      const place = placeFor(partition, key, region);
      if (place !== undefined) given.push(key, region, place);
    }
  }
  return [lacked, given, idle, roots];
}

function fieldsOf(key: string): string[] {
  const fields = host.pcall("HKEYS", key);
  return errorOf(fields) === undefined ? (fields as string[]) : [];
}

/** Nobody else has anything of the stock. */
function isIdle({ deployment }: Partition, key: string): boolean {
  const { region } = deployment;
  if (!isBounded(key)) return true;
  for (const share of sharesOf(key)) if (regionOf(share.origin) !== region && share.amount > 0) return false;
  return true;
}

function isBounded(key: string): boolean {
  return typeof host.pcall("HGET", key, LEFT) === "string";
}

/** How many regions have a larger share to give from; undefined where ours has none. */
function placeFor(partition: Partition, key: string, asker: string): number | undefined {
  const { region, gone } = partition.deployment;
  if (!isBounded(key) || gone[asker] === true) return 0; // it is dropped
  const shares = sharesOf(key);
  const sums: Record<string, number | undefined> = {};
  let own = amountOf(loose(partition, shares));
  for (const { origin, amount } of shares) {
    const owner = regionOf(origin);
    sums[owner] = (sums[owner] ?? 0) + amount;
    if (origin === ownOrigin(partition)) own += amount;
  }
  if (own <= 0) return undefined;
  let place = 0;
  let isBefore = true;
  for (const name of activeRegions(partition)) {
    const sum = sums[name] ?? 0;
    if (name === region) isBefore = false;
    else if (name !== asker && (sum > own || (sum === own && isBefore))) place++;
  }
  return place;
}
