/** Scenarios to click through: one button does the next step, in the same command lines that one types in oneself. */
import { useEffect, useRef, useState } from "react";
import { useLinksChange } from "../api/console.js";
import { limits } from "../limits.js";
import { Icon } from "../parts/icon.js";
import { Notice } from "../parts/parts.js";
import { runLine, whenSame } from "./run.js";
import { named, scenarios, type Scenario, type Step } from "./scenarios.js";
import { playground, usePlayground } from "./store.js";

export function Guide({ regions, isCut }: { regions: readonly string[]; isCut: boolean }) {
  const { scenario: chosen } = usePlayground();
  const scenario = scenarios.find(({ id }) => id === chosen);
  return (
    <section className="guide card" aria-labelledby="guide-title">
      <h2 id="guide-title" className="unseen">
        Scenarios
      </h2>
      <div className="guide-choices">
        {scenarios.map(({ id, title, key }) => (
          <button
            key={id}
            type="button"
            className="guide-choice"
            aria-pressed={id === chosen}
            onClick={() => playground.choose(id, key)}
          >
            {title}
          </button>
        ))}
      </div>
      {scenario === undefined ? (
        <p className="guide-hint quiet">
          Choose one and click through it. Or play by hand: write in any region, cut it off, write on both sides, mend.
        </p>
      ) : (
        <Steps key={scenario.id} scenario={scenario} regions={regions} isCut={isCut} />
      )}
    </section>
  );
}

interface StepsProps {
  scenario: Scenario;
  regions: readonly string[];
  isCut: boolean;
}

function Steps({ scenario, regions, isCut }: StepsProps) {
  const { done } = usePlayground();
  const links = useLinksChange();
  const [isBusy, setIsBusy] = useState(false);
  const [isPlaying, setIsPlaying] = useState(false);
  const { steps } = scenario;
  const isOver = done >= steps.length;

  const next = async (): Promise<void> => {
    const step = steps[done];
    if (step === undefined || isBusy) return;
    setIsBusy(true);
    try {
      // Somebody may have cut a link by hand before.
      if (done === 0 && isCut) await links.mutateAsync({ up: true });
      await take(step, scenario.key, regions, (change) => links.mutateAsync(change));
      playground.advance();
    } catch {
      setIsPlaying(false); // what went wrong is said below
    } finally {
      setIsBusy(false);
    }
  };
  const again = (): void => {
    setIsPlaying(false);
    playground.choose(scenario.id, scenario.key);
  };
  usePlaying(isPlaying && !isOver && !isBusy, next, done);
  return (
    <>
      <div className="guide-head">
        <p className="guide-question">{scenario.question}</p>
        <div className="actions">
          {!isOver && (
            <>
              <button
                type="button"
                className="button primary"
                disabled={isBusy || isPlaying}
                onClick={() => void next()}
              >
                {done === 0 ? "Begin" : "Next"} <Icon name="arrow" size={16} />
              </button>
              <button type="button" className="button" onClick={() => setIsPlaying(!isPlaying)}>
                <Icon name={isPlaying ? "stop" : "play"} size={16} /> {isPlaying ? "Pause" : "Play all"}
              </button>
            </>
          )}
          {done > 0 && <Again disabled={isBusy} onAgain={again} />}
        </div>
      </div>
      <StepList steps={steps} done={done} regions={regions} />
      {isOver && <Notice kind="good">{named(scenario.moral, regions)}</Notice>}
      {links.error !== null && <Notice kind="bad">{links.error.message}</Notice>}
    </>
  );
}

function Again({ disabled, onAgain }: { disabled: boolean; onAgain: () => void }) {
  return (
    <button type="button" className="button" disabled={disabled} onClick={onAgain}>
      <Icon name="restart" size={16} /> Once more
    </button>
  );
}

function StepList({ steps, done, regions }: { steps: readonly Step[]; done: number; regions: readonly string[] }) {
  return (
    <ol className="steps">
      {steps.map((step, index) => (
        <li
          key={step.say}
          className={index < done ? "step done" : index === done ? "step next" : "step"}
          aria-current={index === done ? "step" : undefined}
        >
          <span className="step-number">
            {index + 1}
            <span className="quiet"> of {steps.length}</span>
            {index < done && <Icon name="check" size={14} />}
          </span>
          {named(step.say, regions)}
          {step.do === "command" && <code>{named(step.line, regions)}</code>}
        </li>
      ))}
    </ol>
  );
}

/** One step after the other, with time to read. */
function usePlaying(isPlaying: boolean, next: () => Promise<void>, done: number): void {
  const latest = useRef(next);
  useEffect(() => {
    latest.current = next;
  });
  useEffect(() => {
    if (!isPlaying) return;
    const timer = setTimeout(() => void latest.current(), done === 0 ? 0 : limits.stepEveryMs);
    return () => clearTimeout(timer);
  }, [isPlaying, done]);
}

type LinksChange = (change: { up: boolean; a?: string }) => Promise<unknown>;

async function take(step: Step, key: string, regions: readonly string[], change: LinksChange): Promise<void> {
  if (step.do === "command") {
    const region = regions[step.region];
    if (region !== undefined) await runLine(region, named(step.line, regions));
  } else {
    const a = regions[1];
    // What was written before the cut has to be on both sides of it.
    if (step.do === "cut") await whenSame(key);
    await change(step.do === "mend" || a === undefined ? { up: true } : { up: false, a });
  }
}
