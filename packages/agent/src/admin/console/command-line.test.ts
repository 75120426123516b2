/** Lines as redis-cli takes them. */
import { expect, test } from "vitest";
import { argumentsOf } from "./command-line.js";

test.each<[string, string[] | undefined]>([
  ["", []],
  ["  GET   key ", ["GET", "key"]],
  [String.raw`SET k "a \"b\" \n \xff\\"`, ["SET", "k", 'a "b" \n \xff\\']],
  [String.raw`SET k 'it\'s \n'`, ["SET", "k", String.raw`it's \n`]],
  ['SET k ""', ["SET", "k", ""]],
  ['pre"fix"', ["prefix"]],
  ["SET k ü", ["SET", "k", Buffer.from("ü").toString("latin1")]],
  ['SET k "open', undefined],
  ["SET k 'open", undefined],
  ['SET k "a"b', undefined],
])("reads %s", (line, wanted) => {
  expect(argumentsOf(line)?.map((argument) => argument.toString("latin1"))).toEqual(wanted);
});
