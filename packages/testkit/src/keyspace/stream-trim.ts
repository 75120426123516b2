/**
 * The options of XADD and XTRIM, checked in Redis's order, and trimming.
 *
 * "~" lets a server keep what lies in a node of its tree that it would only partly empty, which depends on how entries
 * came to lie in nodes. The model has no nodes and trims exactly, but for LIMIT, above which it stops.
 */
import { errorTexts, refuse } from "./errors.js";
import { int64 } from "./numbers.js";
import { parseNewId, parseStreamId, type StreamId } from "./stream-id.js";
import { placeOf, type StreamValue } from "./stream-value.js";

export interface Trim {
  strategy: "MAXLEN" | "MINID";
  maxLength: bigint;
  minId: StreamId;
  approximate: boolean;
}

export interface StreamOptions {
  trim?: Trim;
  limit?: bigint;
  noMakeStream: boolean;
  /** Undefined for "*". */
  newId?: { id: StreamId; sequenceGiven: boolean };
  /** Index of the first argument after the options, and after XADD's id. */
  next: number;
}

/** `args` as after the key. */
export function parseStreamOptions(args: string[], isAdd: boolean): StreamOptions {
  const options: StreamOptions = { noMakeStream: false, next: 0 };
  let at = 0;
  for (; at < args.length; at++) {
    const word = (args[at] ?? "").toUpperCase();
    const more = args.length - 1 - at;
    if (isAdd && word === "*") break;
    if ((word === "MAXLEN" || word === "MINID") && more > 0) at = parseTrim(options, word, args, at, more);
    else if (word === "LIMIT" && more > 0) {
      options.limit = int64(args[++at] ?? "");
      if (options.limit < 0n) refuse(errorTexts.streamLimitNegative);
    } else if (isAdd && word === "NOMKSTREAM") options.noMakeStream = true;
    else if (isAdd) {
      options.newId = parseNewId(args[at] ?? "");
      break;
    } else refuse(errorTexts.syntax);
  }
  if (options.limit !== undefined && options.limit !== 0n && !options.trim) refuse(errorTexts.streamLimitAlone);
  if (!isAdd && !options.trim) refuse(errorTexts.streamTrimNothing);
  if (options.limit !== undefined && !options.trim?.approximate) refuse(errorTexts.streamLimitExact);
  options.next = at + 1;
  return options;
}

/** Reads `MAXLEN|MINID [=|~] threshold`; returns the threshold's index. */
function parseTrim(options: StreamOptions, strategy: Trim["strategy"], args: string[], at: number, more: number) {
  if (options.trim) refuse(errorTexts.streamTrimTwice);
  const mark = args[at + 1];
  const marked = more >= 2 && (mark === "~" || mark === "=");
  const place = marked ? at + 2 : at + 1;
  const trim: Trim = { strategy, maxLength: 0n, minId: 0n, approximate: marked && mark === "~" };
  if (strategy === "MAXLEN") {
    trim.maxLength = int64(args[place] ?? "");
    if (trim.maxLength < 0n) refuse(errorTexts.streamMaxLength);
  } else trim.minId = parseStreamId(args[place] ?? "");
  options.trim = trim;
  return place;
}

/** Removes what is too much or too old; returns how many entries. */
export function trimStream(stream: StreamValue, { trim, limit }: StreamOptions): number {
  if (!trim) return 0;
  const { entries } = stream;
  const surplus =
    trim.strategy === "MAXLEN" ? Math.max(0, entries.length - Number(trim.maxLength)) : placeOf(entries, trim.minId);
  const count = limit ? Math.min(surplus, Number(limit)) : surplus;
  if (count > 0) entries.splice(0, count);
  return count;
}
