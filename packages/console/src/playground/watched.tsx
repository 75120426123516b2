/** One key in every region at once, as it changes: the same everywhere, or not. */
import type { WatchedRegion } from "@meridian/agent/api";
import { useEffect, useState, type FormEvent, type ReactNode } from "react";
import { useConsole, useLinksChange } from "../api/console.js";
import type { Watching } from "../api/watch.js";
import { durationText } from "../numbers.js";
import { Icon } from "../parts/icon.js";
import { Notice, RegionName, hueOf } from "../parts/parts.js";
import { Value } from "../parts/value.js";
import { playground } from "./store.js";

export interface WatchedProps {
  watchedKey: string | undefined;
  watching: Watching;
  regions: readonly string[];
  /** Those that are cut off. */
  cut: readonly string[];
}

export function Watched({ watchedKey, watching: { value, problem }, regions, cut }: WatchedProps) {
  return (
    <section className="watched card" aria-labelledby="watched-title">
      <header className="watched-head">
        <h2 id="watched-title">In every region</h2>
        <KeyField key={watchedKey ?? ""} watchedKey={watchedKey} />
        {value !== undefined && <Sameness same={value.same} />}
      </header>
      {problem !== undefined && <Notice>{problem}</Notice>}
      <ul className="watched-list">
        {regions.map((region, index) => (
          <Shown key={region} name={region} index={index} isCut={cut.includes(region)} differs={value?.same === false}>
            <ShownValue
              shown={value?.regions.find((known) => known.region === region)}
              isWatched={watchedKey !== undefined}
            />
          </Shown>
        ))}
      </ul>
      {watchedKey === undefined && (
        <p className="watched-none quiet">
          The key that a command names is watched here, in every region. Or type one above.
        </p>
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
  isCut: boolean;
  differs: boolean;
  children: ReactNode;
}

function Shown({ name, index, isCut, differs, children }: ShownProps) {
  return (
    <li className={`shown ${differs ? "differs" : ""}`} style={hueOf(index)} data-testid={`shown-${name}`}>
      <div className="shown-head">
        <RegionName name={name} index={index} />
        <CutOff name={name} isCut={isCut} />
      </div>
      {children}
    </li>
  );
}

function ShownValue({ shown, isWatched }: { shown: WatchedRegion | undefined; isWatched: boolean }) {
  if (shown === undefined) return <span className="quiet">{isWatched ? "…" : "–"}</span>;
  if (shown.problem !== null) return <span className="reply error">{shown.problem}</span>;
  return (
    <div className="shown-value" key={shown.fingerprint}>
      <Value type={shown.type} value={shown.value} size={shown.size} />
      {shown.ttlMs !== null && shown.ttlMs >= 0 && <Countdown key={shown.ttlMs} ttlMs={shown.ttlMs} />}
    </div>
  );
}

function CutOff({ name, isCut }: { name: string; isCut: boolean }) {
  const { actions } = useConsole();
  const links = useLinksChange();
  if (!actions.links) return isCut ? <span className="chip bad">cut off</span> : null;
  return (
    <button
      type="button"
      className={isCut ? "button small primary" : "button small"}
      aria-label={`${isCut ? "Mend the links of" : "Cut off"} ${name}`}
      disabled={links.isPending}
      onClick={() => links.mutate({ up: isCut, a: name })}
    >
      <Icon name={isCut ? "link" : "cut"} size={15} /> {isCut ? "Mend" : "Cut off"}
    </button>
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
