/** JSON text put together by hand, for `inspect`: integers past 2^53 and bytes come out as they are (latin1 to a reader in Node). */
import { regionOf } from "../clock/origin.js";
import { host } from "../host.js";
import type { Partition } from "./partition.js";

/** At most so many parts of a value are described. */
export const PARTS_MAX = 1000;

/** The members "origin", "region" and "stamp" of an object. */
export function dotJson(partition: Partition, stamp: number, origin: number): string[] {
  const name = partition.origins[origin]!;
  return [pair("origin", text(name)), pair("region", text(regionOf(name))), pair("stamp", integer(stamp))];
}

export function pair(name: string, json: string): string {
  return `${text(name)}:${json}`;
}

export function text(value: string): string {
  return host.jsonEncode(value);
}

export function integer(value: number): string {
  return host.integerText(value);
}

export function boolean(value: boolean): string {
  return value ? "true" : "false";
}

export function object(members: string[]): string {
  return `{${members.join(",")}}`;
}

export function array(items: string[]): string {
  return `[${items.join(",")}]`;
}
