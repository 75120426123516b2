/** Amounts of bounded counters: whole numbers that stay exact wherever they are added up. */
import { errors, refuse, type ErrorReply } from "../errors.js";
import { host } from "../host.js";
import { isInt64Text } from "../number/decimal.js";

/** Of one amount, and of what a region adds a stock up to: the sums of 4096 regions stay below 2^53. */
export const AMOUNT_MAX = 1000000000000;
const DIGITS_MAX = 13;

export function amountArgument(text: string, least: number): number | ErrorReply {
  if (text.length > DIGITS_MAX || !isInt64Text(text)) return refuse(errors.boundedAmount);
  const amount = host.toNumber(text, 10);
  return amount >= least && amount <= AMOUNT_MAX ? amount : refuse(errors.boundedAmount);
}
