/** The exact texts of the Redis errors that the model keyspace answers with, and the exception that carries one. */

import { streamErrors } from "./stream-errors.js";

export class CommandError extends Error {
  constructor(text: string) {
    super(text);
    this.name = "CommandError";
  }
}

export const errorTexts = {
  wrongType: "WRONGTYPE Operation against a key holding the wrong kind of value",
  syntax: "ERR syntax error",
  notInteger: "ERR value is not an integer or out of range",
  notFloat: "ERR value is not a valid float",
  notPositive: "ERR value is out of range, must be positive",
  overflow: "ERR increment or decrement would overflow",
  decrementOverflow: "ERR decrement would overflow",
  notFinite: "ERR increment would produce NaN or Infinity",
  hashNotInteger: "ERR hash value is not an integer",
  hashNotFloat: "ERR hash value is not a float",
  incrementNotFinite: "ERR value is NaN or Infinity",
  offset: "ERR offset is out of range",
  tooLong: "ERR string exceeds maximum allowed size (proto-max-bulk-len)",
  index: "ERR index out of range",
  numberOfKeys: "ERR numkeys should be greater than 0",
  countPositive: "ERR count should be greater than 0",
  countNegative: "ERR COUNT can't be negative",
  longestNegative: "ERR MAXLEN can't be negative",
  rankZero:
    "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... " +
    "or use negative to start from the end of the list",
  blockingNotFloat: "ERR timeout is not a float or out of range",
  blockingNegative: "ERR timeout is negative",
  bitOffset: "ERR bit offset is not an integer or out of range",
  bitValue: "ERR bit is not an integer or out of range",
  bitOnly: "ERR The bit argument must be 1 or 0.",
  bitNot: "ERR BITOP NOT must be called with a single source key.",
  bitfieldType: "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.",
  bitfieldOverflow: "ERR Invalid OVERFLOW type specified",
  bitfieldReadOnly: "ERR BITFIELD_RO only supports the GET subcommand",
  commonStrings: "ERR The specified keys must contain string values",
  commonBoth: "ERR If you want both the length and indexes, please just use IDX.",
  sortScore: "ERR One or more scores can't be converted into double",
  busyKey: "BUSYKEY Target key name already exists.",
  dumpPayload: "ERR DUMP payload version or checksum are wrong",
  restoreTtl: "ERR Invalid TTL value, must be >= 0",
  restoreIdle: "ERR Invalid IDLETIME value, must be >= 0",
  restoreFrequency: "ERR Invalid FREQ value, must be >= 0 and <= 255",
  notHyperLogLog: "WRONGTYPE Key is not a valid HyperLogLog string value.",
  brokenHyperLogLog: "INVALIDOBJ Corrupted HLL object detected",
  noSuchKey: "ERR no such key",
  sameObjects: "ERR source and destination objects are the same",
  dbIndex: "ERR DB index is out of range",
  expireConflict: "ERR NX and XX, GT or LT options at the same time are not compatible",
  expireGreaterLess: "ERR GT and LT options at the same time are not compatible",
  streamOrder: "ERR The ID specified in XADD is equal or smaller than the target stream top item",
  streamZero: "ERR The ID specified in XADD must be greater than 0-0",
  streamId: "ERR Invalid stream ID specified as stream command argument",
  ...streamErrors,
} as const;

export function refuse(text: string): never {
  throw new CommandError(text);
}

export function arityError(name: string): string {
  return `ERR wrong number of arguments for '${name.toLowerCase()}' command`;
}

export function expireError(name: string): string {
  return `ERR invalid expire time in '${name.toLowerCase()}' command`;
}
