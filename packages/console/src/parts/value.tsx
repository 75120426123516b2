/** A value of any type, small: its beginning, and how much there is. */
import type { Bytes, InspectValue, StreamContent } from "@meridian/agent/api";
import { useMemo, useState } from "react";
import { cutText, isBinary, shownText } from "../bytes.js";
import { limits } from "../limits.js";
import { bytesText, compact } from "../numbers.js";
import "./value.css";

export interface ValueProps {
  type: string | null;
  value: InspectValue | null;
  /** Bytes of a string, elements of the rest. */
  size: number | null;
}

/** Elements that are shown before somebody asks for more. */
const FEW = 8;

export function Value({ type, value, size }: ValueProps) {
  if (type === null || value === null) return <span className="value none">no such key</span>;
  const { content } = value;
  if (Array.isArray(content)) return <Elements content={content} size={size} isWhole={value.whole} type={type} />;
  if (typeof content === "object" && "first" in content) return <StreamValue stream={content} size={size} />;
  return (
    <span className="value">
      <BytesText bytes={content} />
      {!value.whole && size !== null && <span className="quiet value-size">{bytesText(size)} in all</span>}
    </span>
  );
}

/** `isPlain`: nothing to click, for what is in a button itself. */
export function BytesText({ bytes, isPlain = false }: { bytes: Bytes; isPlain?: boolean }) {
  const [isAll, setIsAll] = useState(false);
  const text = useMemo(() => shownText(bytes), [bytes]);
  const isLong = text.length > limits.shownMax;
  return (
    <>
      <span className={isBinary(bytes) ? "bytes binary" : "bytes"} dir="auto">
        {isAll ? text : cutText(text, limits.shownMax)}
      </span>
      {text === "" && <span className="quiet">(empty)</span>}
      {isLong && !isPlain && (
        <button type="button" className="more" onClick={() => setIsAll(!isAll)}>
          {isAll ? "less" : "more"}
        </button>
      )}
    </>
  );
}

interface ElementsProps {
  content: Bytes[] | [Bytes, Bytes][];
  size: number | null;
  isWhole: boolean;
  type: string;
}

function Elements({ content, size, isWhole, type }: ElementsProps) {
  const [isAll, setIsAll] = useState(false);
  const shown = isAll ? content : content.slice(0, FEW);
  const rest = (size ?? content.length) - shown.length;
  return (
    <span className="value elements">
      {shown.map((element, index) => (
        <span className="element" key={`${index} ${JSON.stringify(element)}`}>
          {type === "list" && <span className="quiet">{index}</span>}
          {Array.isArray(element) ? (
            <>
              <BytesText bytes={element[0]} />
              <span className="quiet">{type === "zset" ? ":" : "="}</span>
              <BytesText bytes={element[1]} />
            </>
          ) : (
            <BytesText bytes={element} />
          )}
        </span>
      ))}
      {content.length > FEW && (
        <button type="button" className="more" onClick={() => setIsAll(!isAll)}>
          {isAll ? "less" : `${compact(content.length - FEW)} more`}
        </button>
      )}
      {!isWhole && (isAll || content.length <= FEW) && rest > 0 && (
        <span className="quiet value-size">
          and {compact(rest)} more, of {compact(size ?? content.length)}
        </span>
      )}
    </span>
  );
}

function StreamValue({ stream, size }: { stream: StreamContent; size: number | null }) {
  const entries = [...stream.first, ...stream.last];
  return (
    <span className="value elements">
      {entries.slice(-FEW).map(({ id, fields }) => (
        <span className="element" key={id}>
          <span className="quiet">{id}</span>
          {fields.map(([field, value]) => (
            <span key={JSON.stringify(field)}>
              <BytesText bytes={field} />
              <span className="quiet">=</span>
              <BytesText bytes={value} />
            </span>
          ))}
        </span>
      ))}
      <span className="quiet value-size">
        {compact(size ?? entries.length)} entries, {stream.groups.length} groups
      </span>
    </span>
  );
}
