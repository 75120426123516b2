/** The options of XADD and XTRIM, checked in Redis's order: `[NOMKSTREAM] [MAXLEN|MINID [=|~] threshold [LIMIT count]]`. */
import { errors, isRefused, refuse, type ErrorReply } from "../errors.js";
import { parseGivenId, parseId, type GivenId } from "../types/stream-id.js";
import { countArgument } from "./numbers.js";
import { streamErrors } from "./stream-errors.js";

export interface Trim {
  /** How many entries may stay; undefined for MINID. */
  readonly maxLength: number | undefined;
  /** Up to which id (excluded) entries go, for MINID. */
  readonly minId: string;
  readonly isApproximate: boolean;
}

export interface StreamOptions {
  trim: Trim | undefined;
  limit: number | undefined;
  noMakeStream: boolean;
  /** XADD's id; undefined for "*". */
  given: GivenId | undefined;
  /** Where the arguments after the options, and after XADD's id, begin. */
  next: number;
}

/** `args` with the name and the key. */
export function parseStreamOptions(args: string[], isAdd: boolean): StreamOptions | ErrorReply {
  const options: StreamOptions = { trim: undefined, limit: undefined, noMakeStream: false, given: undefined, next: 2 };
  let at = 2;
  for (; at < args.length; at++) {
    const word = args[at]!.length <= 10 ? args[at]!.toUpperCase() : "";
    const more = args.length - 1 - at;
    if (isAdd && word === "*") break;
    if ((word === "MAXLEN" || word === "MINID") && more > 0) {
      const next = parseTrim(options, word, args, at);
      if (isRefused(next)) return next;
      at = next;
    } else if (word === "LIMIT" && more > 0) {
      const limit = countArgument(args[++at]!);
      if (isRefused(limit)) return limit;
      if (limit < 0) return refuse(streamErrors.limitNegative);
      options.limit = limit;
    } else if (isAdd && word === "NOMKSTREAM") {
      options.noMakeStream = true;
    } else if (isAdd) {
      options.given = parseGivenId(args[at]!);
      if (options.given === undefined) return refuse(streamErrors.id);
      break;
    } else {
      return refuse(errors.syntax);
    }
  }
  const { trim, limit } = options;
  if (limit !== undefined && limit !== 0 && trim === undefined) return refuse(streamErrors.limitAlone);
  if (!isAdd && trim === undefined) return refuse(streamErrors.trimNothing);
  if (limit !== undefined && trim?.isApproximate !== true) return refuse(streamErrors.limitExact);
  options.next = at + 1;
  return options;
}

/** Returns where the threshold stood. */
function parseTrim(options: StreamOptions, word: string, args: string[], at: number): number | ErrorReply {
  if (options.trim !== undefined) return refuse(streamErrors.trimTwice);
  const mark = args[at + 1]!;
  const isMarked = args.length - at > 2 && (mark === "~" || mark === "=");
  const place = isMarked ? at + 2 : at + 1;
  const isApproximate = isMarked && mark === "~";
  if (word === "MAXLEN") {
    const maxLength = countArgument(args[place]!);
    if (isRefused(maxLength)) return maxLength;
    if (maxLength < 0) return refuse(streamErrors.maxLength);
    options.trim = { maxLength, minId: "", isApproximate };
  } else {
    const minId = parseId(args[place]!, "0");
    if (minId === undefined) return refuse(streamErrors.id);
    options.trim = { maxLength: undefined, minId, isApproximate };
  }
  return place;
}
