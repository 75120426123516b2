/** One place where writes met: what shows, what lost and is kept, and a button that writes a loser again. */
import type { ConflictValue, ConflictView, LoserView } from "@meridian/agent/api";
import { memo } from "react";
import { useConsole } from "../api/console.js";
import { useRestore } from "../api/conflicts.js";
import { base64Of, shownText } from "../bytes.js";
import { bytesText } from "../numbers.js";
import { Icon } from "../parts/icon.js";
import { Notice, RegionName, hueOf } from "../parts/parts.js";
import { BytesText } from "../parts/value.js";
import "./conflicts.css";

export interface ConflictItemProps {
  conflict: ConflictView;
  regions: readonly string[];
  isKeyShown: boolean;
}

/** Drawn again only when it is another one: while regions write there may be hundreds, told of each second. */
export const ConflictItem = memo(function ConflictItem({ conflict, regions, isKeyShown }: ConflictItemProps) {
  const place = placeOf(conflict);
  return (
    <li className="conflict">
      <div className="conflict-head">
        {isKeyShown && (
          <code className="conflict-key">
            <BytesText bytes={conflict.key} />
          </code>
        )}
        <span className="chip">{conflict.type}</span>
        {place !== "" && <span className="quiet">{place}</span>}
      </div>
      <div className="conflict-row">
        <span className="conflict-word">shows</span>
        <span className="conflict-value">
          <Shown value={conflict.winner} />
        </span>
      </div>
      {conflict.losers.map((loser) => (
        <Loser key={`${loser.origin} ${loser.stamp}`} conflict={conflict} loser={loser} regions={regions} />
      ))}
    </li>
  );
});

function placeOf({ type, part, index }: ConflictView): string {
  if (shownText(part) === "" && index === null) return "";
  if (index !== null) return `element ${index}`;
  return `${type === "hash" ? "field" : "member"} ${shownText(part)}`;
}

function Shown({ value }: { value: ConflictValue }) {
  if (value === null) return <span className="quiet">nothing</span>;
  if (!Array.isArray(value)) return <BytesText bytes={value} />;
  return value.map(([field, content], index) => (
    <span key={`${index} ${shownText(field)}`}>
      <BytesText bytes={field} />=<BytesText bytes={content} />{" "}
    </span>
  ));
}

interface LoserProps {
  conflict: ConflictView;
  loser: LoserView;
  regions: readonly string[];
}

function Loser({ conflict, loser, regions }: LoserProps) {
  const { actions } = useConsole();
  const restore = useRestore();
  const index = regions.indexOf(loser.region);
  const isCut = loser.size !== null && loser.size > limitOf(loser.value);
  const request = {
    keyBase64: base64Of(conflict.key),
    region: index < 0 ? conflict.seenIn : loser.region,
    origin: loser.origin,
    stamp: loser.stamp,
    type: loser.type,
    partBase64: base64Of(loser.part),
  };
  return (
    <>
      <div className="conflict-row lost" style={hueOf(index)}>
        <span className="conflict-word">kept</span>
        <span className="conflict-value">
          {loser.value === null ? <span className="quiet">a whole {loser.type}</span> : <Shown value={loser.value} />}
          {isCut && <span className="quiet"> {bytesText(loser.size ?? 0)} in all</span>}
          <span className="conflict-when quiet">
            <RegionName name={loser.region} index={index} /> {new Date(loser.atMs).toLocaleString()}
          </span>
        </span>
        {actions.restore && (
          <button
            type="button"
            className="button small"
            disabled={restore.isPending}
            onClick={() => restore.mutate(request)}
          >
            <Icon name="restart" size={15} /> Restore
          </button>
        )}
      </div>
      {restore.error !== null && <Notice kind="bad">{restore.error.message}</Notice>}
    </>
  );
}

function limitOf(value: ConflictValue): number {
  return value === null || Array.isArray(value)
    ? Number.POSITIVE_INFINITY
    : typeof value === "string"
      ? new TextEncoder().encode(value).length
      : (value.base64.length * 3) / 4;
}
