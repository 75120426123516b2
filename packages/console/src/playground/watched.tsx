/** One key in every region at once, as it changes: the same everywhere, or not. */
import type { WatchedRegion } from "@meridian/agent/api";
import { useEffect, useState, type FormEvent } from "react";
import type { Watching } from "../api/watch.js";
import { durationText } from "../numbers.js";
import { Icon } from "../parts/icon.js";
import { Empty, Notice, RegionName, hueOf } from "../parts/parts.js";
import { Value } from "../parts/value.js";
import { playground } from "./store.js";

export interface WatchedProps {
  watchedKey: string | undefined;
  watching: Watching;
  regions: readonly string[];
}

export function Watched({ watchedKey, watching: { value, problem }, regions }: WatchedProps) {
  return (
    <section className="watched card" aria-labelledby="watched-title">
      <header className="watched-head">
        <h2 id="watched-title">In every region</h2>
        <KeyField key={watchedKey ?? ""} watchedKey={watchedKey} />
        {value !== undefined && <Sameness same={value.same} />}
      </header>
      {problem !== undefined && <Notice>{problem}</Notice>}
      {watchedKey === undefined ? (
        <Empty icon="search" title="No key yet">
          The first key that a command names is watched here, in every region at once. Or type one above.
        </Empty>
      ) : (
        <ul className="watched-list">
          {regions.map((region, index) => (
            <Shown
              key={region}
              name={region}
              index={index}
              shown={value?.regions.find((known) => known.region === region)}
              differs={value?.same === false}
            />
          ))}
        </ul>
      )}
    </section>
  );
}

function Sameness({ same }: { same: boolean | null }) {
  return (
    <span className={`sameness ${same === false ? "bad" : same === true ? "good" : ""}`} role="status">
      <Icon name={same === false ? "alert" : "check"} size={15} />
      {same === false ? "they differ" : same === true ? "all the same" : "only one answers"}
    </span>
  );
}

function KeyField({ watchedKey }: { watchedKey: string | undefined }) {
  const [text, setText] = useState(watchedKey ?? "");
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    if (text !== "") playground.watch(text);
  };
  return (
    <form className="watched-key" onSubmit={onSubmit}>
      <input
        aria-label="Key that is watched"
        placeholder="key"
        value={text}
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
        onChange={(event) => setText(event.target.value)}
      />
      {text !== "" && text !== watchedKey && (
        <button type="submit" className="button small">
          Watch
        </button>
      )}
    </form>
  );
}

interface ShownProps {
  name: string;
  index: number;
  shown: WatchedRegion | undefined;
  differs: boolean;
}

function Shown({ name, index, shown, differs }: ShownProps) {
  return (
    <li className={`shown ${differs ? "differs" : ""}`} style={hueOf(index)} data-testid={`shown-${name}`}>
      <RegionName name={name} index={index} />
      <div className="shown-value" key={shown?.fingerprint}>
        {shown === undefined ? (
          <span className="quiet">…</span>
        ) : shown.problem !== null ? (
          <span className="reply error">{shown.problem}</span>
        ) : (
          <Value type={shown.type} value={shown.value} size={shown.size} />
        )}
      </div>
      {shown?.ttlMs !== null && shown !== undefined && shown.ttlMs >= 0 && <Countdown ttlMs={shown.ttlMs} />}
    </li>
  );
}

/** Counts down by itself: the server says a time to live once. */
function Countdown({ ttlMs }: { ttlMs: number }) {
  const [pastMs, setPastMs] = useState(0);
  useEffect(() => {
    const begun = performance.now();
    const timer = setInterval(() => setPastMs(performance.now() - begun), 1_000);
    return () => clearInterval(timer);
  }, [ttlMs]);
  return <span className="quiet shown-ttl">ends in {durationText(Math.max(0, ttlMs - pastMs))}</span>;
}
