/** The part of streams that a log needs: XADD with an explicit id, ranges, XTRIM MINID, XLEN. */
import type { Reply } from "@meridian/core";
import { arityError, errorTexts, refuse } from "./errors.js";
import type { Command, ModelKeyspace } from "./model-keyspace.js";
import { int64 } from "./numbers.js";
import type { StreamId } from "./value.js";

const TOP: StreamId = [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];

function compare(left: StreamId, right: StreamId): number {
  return left[0] - right[0] || left[1] - right[1];
}

function parseId(text: string, missingSeq: number): StreamId {
  const match = /^([0-9]{1,19})(?:-([0-9]{1,19}))?$/.exec(text);
  if (!match) return refuse(errorTexts.streamId);
  return [Number(match[1]), match[2] === undefined ? missingSeq : Number(match[2])];
}

function xadd(keyspace: ModelKeyspace, [key = "", idText = "", ...fields]: string[], name: string): Reply {
  if (fields.length === 0 || fields.length % 2 !== 0) refuse(arityError(name));
  const id = parseId(idText, 0);
  if (compare(id, [0, 0]) === 0) refuse(errorTexts.streamZero);
  const last = keyspace.read(key, "stream")?.last ?? [0, 0];
  if (compare(id, last) <= 0) refuse(errorTexts.streamOrder);
  const stream = keyspace.editOrCreate(key, "stream", { type: "stream", entries: [], last: [0, 0] });
  stream.entries.push({ id, fields });
  stream.last = id;
  return `${id[0]}-${id[1]}`;
}

/** A bound of a range: "-", "+", an id, or "(" and an id, which is left out. */
function bound(text: string, missingSeq: number): { id: StreamId; open: boolean } {
  if (text === "-") return { id: [0, 0], open: false };
  if (text === "+") return { id: TOP, open: false };
  const open = text.startsWith("(");
  return { id: parseId(open ? text.slice(1) : text, missingSeq), open };
}

function xrange(reverse: boolean): Command {
  return [
    -4,
    (keyspace, [key = "", first = "", second = "", word, countText, ...rest]) => {
      const from = bound(reverse ? second : first, 0);
      const to = bound(reverse ? first : second, Number.MAX_SAFE_INTEGER);
      if (rest.length > 0 || (word !== undefined && (word.toUpperCase() !== "COUNT" || countText === undefined))) {
        refuse(errorTexts.syntax);
      }
      const count = countText === undefined ? Infinity : Math.max(0, Number(int64(countText)));
      const found = (keyspace.read(key, "stream")?.entries ?? []).filter(({ id }) => {
        const low = compare(id, from.id);
        const high = compare(id, to.id);
        return (from.open ? low > 0 : low >= 0) && (to.open ? high < 0 : high <= 0);
      });
      if (reverse) found.reverse();
      return found.slice(0, count).map(({ id, fields }) => [`${id[0]}-${id[1]}`, [...fields]]);
    },
  ];
}

function xtrim(keyspace: ModelKeyspace, [key = "", strategy = "", ...rest]: string[]): Reply {
  const bare = rest[0] === "=" || rest[0] === "~" ? rest.slice(1) : rest;
  const [idText, ...extra] = bare;
  if (strategy.toUpperCase() !== "MINID" || idText === undefined || extra.length > 0) refuse(errorTexts.syntax);
  const least = parseId(idText ?? "", 0);
  const stream = keyspace.edit(key, "stream");
  if (!stream) return 0;
  const before = stream.entries.length;
  stream.entries = stream.entries.filter(({ id }) => compare(id, least) >= 0);
  return before - stream.entries.length;
}

export const streamCommands: Record<string, Command> = {
  XADD: [-5, xadd],
  XRANGE: xrange(false),
  XREVRANGE: xrange(true),
  XTRIM: [-4, xtrim],
  XLEN: [2, (keyspace, [key = ""]) => keyspace.read(key, "stream")?.entries.length ?? 0],
};
