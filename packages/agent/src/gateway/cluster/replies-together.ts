/** What several nodes said, as one reply. */
import { arrayOf, elementsOf, isError } from "./reply-reader.js";
import { integerOf } from "../replies/amendments.js";

export type Joiner = (replies: readonly Buffer[]) => Buffer;

const OK = Buffer.from("+OK\r\n");

/** An error of one is the answer. */
export function joined(replies: readonly Buffer[], join: Joiner): Buffer {
  return replies.find(isError) ?? join(replies);
}

export const firstOf: Joiner = (replies) => replies[0] ?? OK;

export const sumOf: Joiner = (replies) =>
  integerReply(replies.reduce((sum, reply) => sum + (integerOf(reply) ?? 0), 0));

export const concatenated: Joiner = (replies) => arrayOf(replies.flatMap((reply) => elementsOf(reply) ?? []));

/** Of arrays of 0 and 1: where each one has 1. */
export const everywhere: Joiner = (replies) => {
  const lists = replies.map((reply) => elementsOf(reply) ?? []);
  const length = lists[0]?.length ?? 0;
  const all = Array.from({ length }, (_, at) => lists.every((list) => integerOf(list[at] ?? OK) === 1));
  return arrayOf(all.map((value) => integerReply(value ? 1 : 0)));
};

/** Of arrays of names and numbers: the sums of the numbers. */
export const sumsByName: Joiner = (replies) => {
  const lists = replies.map((reply) => elementsOf(reply) ?? []);
  const [first = []] = lists;
  return arrayOf(
    first.map((name, at) =>
      at % 2 === 0 ? name : sumOf(lists.flatMap((list) => (list[at] === undefined ? [] : [list[at]]))),
    ),
  );
};

/** It is done where one of them did it. */
export function anyOf(replies: readonly Buffer[]): Buffer {
  return replies.find((reply) => !isError(reply)) ?? firstOf(replies);
}

export function integerReply(value: number): Buffer {
  return Buffer.from(`:${value}\r\n`);
}
