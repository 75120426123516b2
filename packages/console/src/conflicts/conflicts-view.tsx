/** What lost in conflicts and is kept, the newest first, as it comes; each can be written again. */
import { useMemo, useState } from "react";
import { Link } from "wouter";
import { useConflicts } from "../api/conflicts.js";
import { useStatus } from "../api/status.js";
import { limits } from "../limits.js";
import { compact } from "../numbers.js";
import { Empty, Notice } from "../parts/parts.js";
import { ConflictItem } from "./conflict-item.js";
import { filtered, newestFirst, NO_FILTER, totals, type Filter } from "./filter.js";
import "./conflicts.css";

export default function ConflictsView() {
  const { status } = useStatus();
  const { data, error } = useConflicts();
  const [filter, setFilter] = useState(NO_FILTER);
  const [most, setMost] = useState<number>(limits.conflictsShown);
  const joined = status?.regions.map(({ region }) => region).join("\n") ?? "";
  const names = useMemo(() => joined.split("\n"), [joined]);
  const shown = data === undefined ? [] : newestFirst(filtered(data.conflicts, filter));
  return (
    <>
      <div className="view-head">
        <div>
          <h1>Conflicts</h1>
          <p>
            Two regions wrote the same place at once. What did not win is kept here until somebody writes having seen
            it.
          </p>
        </div>
      </div>
      {error !== null && <Notice kind="bad">{error.message}</Notice>}
      {data !== undefined && (
        <>
          <Totals counts={totals(data.counts)} />
          {data.problems.map(({ region, problem }) => (
            <Notice key={region}>
              {region}: {problem}
            </Notice>
          ))}
          {data.conflicts.length > 0 && (
            <Filters names={names} types={typesOf(data.conflicts)} filter={filter} onFilter={setFilter} />
          )}
          <section className="card" aria-label="Conflicts">
            {shown.length === 0 ? (
              <Nothing isFiltered={data.conflicts.length > 0} />
            ) : (
              <ul className="conflict-list">
                {shown.slice(0, most).map((conflict) => (
                  <ConflictItem
                    key={`${JSON.stringify(conflict.key)} ${JSON.stringify(conflict.part)} ${conflict.type}`}
                    conflict={conflict}
                    regions={names}
                    isKeyShown
                  />
                ))}
              </ul>
            )}
            {shown.length > most && (
              <div className="conflict-more">
                <button type="button" className="button" onClick={() => setMost(most + limits.conflictsShown)}>
                  {compact(shown.length - most)} more
                </button>
              </div>
            )}
          </section>
          {!data.whole && <p className="quiet">There are more than {limits.conflictsMax}, or values were cut.</p>}
        </>
      )}
    </>
  );
}

function Nothing({ isFiltered }: { isFiltered: boolean }) {
  if (isFiltered) {
    return (
      <Empty icon="search" title="None of them">
        Other conflicts are kept; take a filter away to see them.
      </Empty>
    );
  }
  return (
    <Empty icon="check" title="Nothing is kept">
      No write lost, or somebody has written since having seen both. <Link href="/playground">The playground</Link>{" "}
      makes a conflict in three clicks.
    </Empty>
  );
}

function Totals({ counts }: { counts: readonly [string, number][] }) {
  if (counts.length === 0) return null;
  return (
    <p className="conflict-totals">
      <span className="quiet">Met so far</span>
      {counts.map(([kind, count]) => (
        <span className="chip" key={kind}>
          {kind} {compact(count)}
        </span>
      ))}
    </p>
  );
}

function typesOf(conflicts: readonly { type: string; losers: readonly { type: string }[] }[]): string[] {
  return [...new Set(conflicts.flatMap(({ type, losers }) => [type, ...losers.map((loser) => loser.type)]))].toSorted();
}

interface FiltersProps {
  names: readonly string[];
  types: readonly string[];
  filter: Filter;
  onFilter: (filter: Filter) => void;
}

function Filters({ names, types, filter, onFilter }: FiltersProps) {
  return (
    <div className="filters" role="group" aria-label="Filters">
      <input
        aria-label="Key or place contains"
        placeholder="key or place"
        value={filter.text}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => onFilter({ ...filter, text: event.target.value })}
      />
      <select
        aria-label="Type"
        value={filter.type}
        onChange={(event) => onFilter({ ...filter, type: event.target.value })}
      >
        <option value="">any type</option>
        {types.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <select
        aria-label="Region whose write lost"
        value={filter.region}
        onChange={(event) => onFilter({ ...filter, region: event.target.value })}
      >
        <option value="">lost in any region</option>
        {names.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </div>
  );
}
