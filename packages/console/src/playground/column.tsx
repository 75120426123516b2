/** One region: its command line, and above it what was run there and answered. */
import { useEffect, useRef } from "react";
import { durationText } from "../numbers.js";
import { RegionName, hueOf } from "../parts/parts.js";
import { Prompt } from "./prompt.js";
import { Reply } from "./reply.js";
import { runLine } from "./run.js";
import { playground, usePlayground, type Entry } from "./store.js";
import "./column.css";

export interface ColumnProps {
  region: string;
  index: number;
  /** Where other clients connect to. */
  address: string | undefined;
  isDown: boolean;
  isCut: boolean;
  disabled: boolean;
}

const NO_ENTRIES: readonly Entry[] = [];
const NO_LINES: readonly string[] = [];

export function Column({ region, index, address, isDown, isCut, disabled }: ColumnProps) {
  const state = usePlayground();
  const entries = state.entries[region] ?? NO_ENTRIES;
  return (
    <section className="column card" style={hueOf(index)} aria-label={`Command line of ${region}`}>
      <header className="column-head">
        <h2>
          <RegionName name={region} index={index} />
        </h2>
        {isCut && <span className="chip bad">cut off</span>}
        {isDown && <span className="chip bad">down</span>}
        {state.inTransaction[region] === true && <span className="chip">in MULTI</span>}
        {address !== undefined && !isCut && !isDown && <code className="quiet column-address">{address}</code>}
        {entries.length > 0 && (
          <button type="button" className="button bare small" onClick={() => playground.clear(region)}>
            Clear
          </button>
        )}
      </header>
      <Entries entries={entries} region={region} />
      <Prompt
        region={region}
        history={state.history[region] ?? NO_LINES}
        disabled={disabled}
        onRun={(line) => void runLine(region, line)}
      />
    </section>
  );
}

function Entries({ entries, region }: { entries: readonly Entry[]; region: string }) {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = ref.current;
    if (element !== null) element.scrollTop = element.scrollHeight;
  }, [entries]);
  return (
    <div className="entries" ref={ref} role="log" aria-label={`Replies of ${region}`} tabIndex={0}>
      {entries.length === 0 && (
        <p className="quiet entries-none">Type a command below, or choose a scenario: it types for you.</p>
      )}
      {entries.map((entry) => (
        <div key={entry.id} className="entry">
          <div className="entry-line">
            <span aria-hidden="true" className="prompt-sign">
              &gt;
            </span>{" "}
            {entry.line}
          </div>
          <div className="entry-reply">
            <Answer entry={entry} />
          </div>
        </div>
      ))}
    </div>
  );
}

function Answer({ entry: { reply, problem, tookMs } }: { entry: Entry }) {
  if (problem !== undefined) return <span className="reply error">{problem}</span>;
  if (reply === undefined) return <span className="quiet">…</span>;
  return (
    <>
      <Reply reply={reply} />
      {tookMs !== undefined && tookMs >= 100 && <span className="quiet entry-took">{durationText(tookMs)}</span>}
    </>
  );
}
