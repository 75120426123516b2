/**
 * MERIDIAN.BOUNDED: a stock that no region oversells, and that each sells from its own share without asking another
 * (escrow: O'Neil 1986; Balegas et al. 2015). What a share is and who may take from it: bounded-rights.ts.
 *
 *     CREATE key n [region n ...]   a stock of n; the others get so much of it, this region the rest. OK
 *     ADD key n                     to this region's share. What is left here
 *     TAKE key n                    from this region's share. What is left here; MERIDIAN_SOLDOUT where it has less
 *     GIVE key region n             of this region's share to another's. What is left here; MERIDIAN_SOLDOUT
 *     GET key                       [left, here, region, share, region, share ...]; nil where there is none
 *     ASK key n                     wishes for n of the others' shares; 0: no more
 *     ANSWER key region             gives what the region wishes for (bounded-wishes.ts)
 */
import { arityError, errors, isRefused, OK, refuse, soldOutError, subcommandError } from "../errors.js";
import { host, type Reply } from "../host.js";
import { regionOf } from "../clock/origin.js";
import type { Unit } from "../log/unit.js";
import { amountArgument, AMOUNT_MAX } from "./bounded-amounts.js";
import {
  activeRegions,
  amountOf,
  changeLeft,
  changeShare,
  isStock,
  latestOrigin,
  LEFT,
  loose,
  openStock,
  ownOrigin,
  sharesOf,
  takeUp,
  type Stock,
} from "./bounded-rights.js";
import { answerWish, ask, noteLack } from "./bounded-wishes.js";
import type { Command } from "./command.js";
import { openTyped } from "./opened.js";

interface Subcommand {
  /** As a Command's: negative means at least so many. */
  readonly arity: number;
  readonly run: (this: void, unit: Unit, args: string[]) => Reply;
}

/** CREATE key n [region n ...] */
function create(unit: Unit, args: string[]): Reply {
  if (args.length % 2 !== 0) return arityError(`${args[0]!}|create`);
  const { partition } = unit;
  const amount = amountArgument(args[3]!, 0);
  if (isRefused(amount)) return amount;
  const given: { origin: string; amount: number }[] = [];
  let rest = amount;
  for (let at = 4; at < args.length; at += 2) {
    const origin = recipient(unit, args[at]!);
    if (isRefused(origin)) return origin;
    const share = amountArgument(args[at + 1]!, 1);
    if (isRefused(share)) return share;
    given.push({ origin, amount: share });
    rest -= share;
  }
  if (rest < 0) return refuse(errors.boundedShares);
  const key = args[2]!;
  const state = openTyped(unit, key, "h");
  if (isRefused(state)) return state;
  if (isStock(state)) return refuse(errors.boundedThere);
  changeLeft(unit, key, amount);
  changeShare(unit, key, ownOrigin(partition), rest);
  for (const share of given) changeShare(unit, key, share.origin, share.amount);
  return OK;
}

/** The incarnation that a region's share goes to; an error where it can't. */
function recipient({ partition }: Unit, region: string): string | ReturnType<typeof refuse> {
  if (region === partition.deployment.region) return refuse(errors.boundedOwn);
  for (const name of activeRegions(partition)) {
    if (name === region) return latestOrigin(partition, region) ?? refuse(errors.boundedRegion);
  }
  return refuse(errors.boundedRegion);
}

function add(unit: Unit, args: string[]): Reply {
  const amount = amountArgument(args[3]!, 1);
  if (isRefused(amount)) return amount;
  const stock = openStock(unit, args[2]!);
  if (isRefused(stock)) return stock;
  if (stock.left + amount > AMOUNT_MAX) return refuse(errors.boundedAmount);
  changeLeft(unit, stock.key, amount);
  changeShare(unit, stock.key, ownOrigin(unit.partition), amount);
  return stock.own + amount;
}

function take(unit: Unit, args: string[]): Reply {
  const amount = amountArgument(args[3]!, 1);
  if (isRefused(amount)) return amount;
  const stock = openStock(unit, args[2]!);
  if (isRefused(stock)) return stock;
  const here = gather(unit, stock, amount);
  noteLack(
    unit,
    { ...stock, left: stock.left - (here < amount ? 0 : amount) },
    here < amount ? here : here - amount,
    amount,
  );
  if (here < amount) return soldOut(stock, here);
  changeLeft(unit, stock.key, -amount);
  changeShare(unit, stock.key, ownOrigin(unit.partition), -amount);
  return here - amount;
}

/** GIVE key region n */
function give(unit: Unit, args: string[]): Reply {
  const amount = amountArgument(args[4]!, 1);
  if (isRefused(amount)) return amount;
  const origin = recipient(unit, args[3]!);
  if (isRefused(origin)) return origin;
  const stock = openStock(unit, args[2]!);
  if (isRefused(stock)) return stock;
  const here = gather(unit, stock, amount);
  if (here < amount) return soldOut(stock, here);
  changeShare(unit, stock.key, ownOrigin(unit.partition), -amount);
  changeShare(unit, stock.key, origin, amount);
  return here - amount;
}

function soldOut({ left }: Stock, here: number): Reply {
  return soldOutError(host.integerText(here), host.integerText(left - here));
}

/**
 * What may be taken here. Where the share has not so much, or was not begun yet, what earlier incarnations have left is taken
 * up first, if that is enough: else nothing is written.
 */
function gather(unit: Unit, { key, own, hasOwn }: Stock, amount: number): number {
  if (hasOwn && own >= amount) return own;
  const shares = loose(unit.partition, sharesOf(key));
  const here = own + amountOf(shares);
  if (shares.length > 0 && here >= amount) takeUp(unit, key, shares);
  return here;
}

function get(unit: Unit, args: string[]): Reply {
  const { partition } = unit;
  const state = openTyped(unit, args[2]!, "h");
  if (isRefused(state)) return state;
  if (state.shown === "") return false;
  const stock = openStock(unit, args[2]!);
  if (isRefused(stock)) return stock;
  const shares = sharesOf(stock.key);
  const reply: Reply[] = [stock.left, stock.own + amountOf(loose(partition, shares))];
  for (const region of partition.deployment.regions) {
    let sum = 0;
    let hasShare = partition.deployment.gone[region] !== true;
    for (const { origin, amount } of shares) {
      if (regionOf(origin) !== region) continue;
      sum += amount;
      hasShare = true;
    }
    if (hasShare) reply.push(region, sum);
  }
  return reply;
}

const subcommands: Record<string, Subcommand | undefined> = {
  CREATE: { arity: -4, run: create },
  ADD: { arity: 4, run: add },
  TAKE: { arity: 4, run: take },
  GIVE: { arity: 5, run: give },
  GET: { arity: 3, run: get },
  ASK: { arity: 4, run: ask },
  ANSWER: { arity: 4, run: answerWish },
};

function bounded(unit: Unit, args: string[]): Reply {
  const name = args[1]!.toUpperCase();
  const subcommand = subcommands[name];
  if (subcommand === undefined) return subcommandError(args[0]!, args[1]!);
  const { arity, run } = subcommand;
  const isWrong = arity > 0 ? args.length !== arity : args.length < -arity;
  return isWrong ? arityError(`${args[0]!}|${name}`) : run(unit, args);
}

export const boundedCommands: Record<string, Command> = {
  "MERIDIAN.BOUNDED": {
    arity: -3,
    firstKey: 2,
    lastKey: 2,
    step: 1,
    run: bounded,
    standsFor: (args) =>
      args[1]?.toUpperCase() === "GET" ? ["HGETALL", args[2] ?? ""] : ["HINCRBY", args[2] ?? "", LEFT, "1"],
  },
};
