/**
 * The line in which a command is typed. Tab or Enter takes what is offered, arrows go through it while it is open, else
 * through what was typed before; Escape closes it. A combobox to screen readers.
 */
import { useId, useState, type KeyboardEvent } from "react";
import { completionsOf, type Completion } from "./completion.js";

export interface PromptProps {
  region: string;
  history: readonly string[];
  disabled: boolean;
  onRun: (line: string) => void;
}

export function Prompt({ region, history, disabled, onRun }: PromptProps) {
  const id = useId();
  const { line, offered, active, type, take, close, onKeyDown } = useLine(history, onRun);
  return (
    <div className="prompt">
      <span aria-hidden="true" className="prompt-sign">
        &gt;
      </span>
      <input
        role="combobox"
        aria-label={`Command in ${region}`}
        aria-expanded={offered.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={active >= 0 ? `${id}-${active}` : undefined}
        value={line}
        disabled={disabled}
        placeholder={history.length === 0 ? "SET greeting hello" : ""}
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
        enterKeyHint="send"
        onChange={(event) => type(event.target.value)}
        onKeyDown={onKeyDown}
        onBlur={close}
      />
      {offered.length > 0 && <Offered id={id} offered={offered} active={active} onTake={take} />}
    </div>
  );
}

interface Line {
  line: string;
  offered: readonly Completion[];
  /** Which of those; -1: none. */
  active: number;
  type: (text: string) => void;
  take: (index: number) => void;
  close: () => void;
  onKeyDown: (event: KeyboardEvent) => void;
}

function useLine(history: readonly string[], onRun: (line: string) => void): Line {
  const [line, setLine] = useState("");
  /** How far back in the history; 0: a line of its own. */
  const [back, setBack] = useState(0);
  const [isOpen, setIsOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const offered = isOpen ? completionsOf(line) : [];
  const show = (text: string, state: { back: number; isOpen: boolean }): void => {
    setLine(text);
    setBack(state.back);
    setIsOpen(state.isOpen);
    setActive(-1);
  };
  const take = (index: number): void => {
    const chosen = offered[index];
    if (chosen !== undefined) show(`${chosen.name} `, { back: 0, isOpen: false });
  };
  const goBack = (steps: number): void => {
    const next = Math.min(history.length, Math.max(0, back + steps));
    show(next === 0 ? "" : (history.at(-next) ?? ""), { back: next, isOpen: false });
  };
  const run = (): void => {
    if (line.trim() === "") return;
    onRun(line.trim());
    show("", { back: 0, isOpen: false });
  };
  const close = (): void => setIsOpen(false);
  const onKeyDown = (event: KeyboardEvent): void => {
    const handled = onKey({ key: event.key, offered: offered.length, active, take, goBack, run, setActive, close });
    if (handled) event.preventDefault();
  };
  const type = (text: string): void => show(text, { back: 0, isOpen: true });
  return { line, offered, active, type, take, close, onKeyDown };
}

interface OfferedProps {
  id: string;
  offered: readonly Completion[];
  active: number;
  onTake: (index: number) => void;
}

function Offered({ id, offered, active, onTake }: OfferedProps) {
  return (
    <div className="completions" role="listbox" id={`${id}-list`} aria-label="Commands">
      {offered.map(({ name, note }, index) => (
        <div
          key={name}
          id={`${id}-${index}`}
          className="completion"
          role="option"
          tabIndex={-1}
          aria-selected={index === active}
          onPointerDown={(event) => {
            event.preventDefault(); // the line keeps the focus
            onTake(index);
          }}
        >
          <span>{name}</span>
          <span className="quiet">{note}</span>
        </div>
      ))}
    </div>
  );
}

interface Keyed {
  key: string;
  offered: number;
  active: number;
  take: (index: number) => void;
  goBack: (steps: number) => void;
  run: () => void;
  setActive: (index: number) => void;
  close: () => void;
}

/** Whether the key meant something here. */
function onKey({ key, offered, active, take, goBack, run, setActive, close }: Keyed): boolean {
  const isOpen = offered > 0;
  switch (key) {
    case "Enter":
      if (active >= 0) take(active);
      else run();
      return true;
    case "Tab":
      if (isOpen) take(Math.max(0, active));
      return isOpen;
    case "Escape":
      if (isOpen) close();
      return isOpen;
    case "ArrowDown":
      if (isOpen) setActive((active + 1) % offered);
      else goBack(-1);
      return true;
    case "ArrowUp":
      if (isOpen && active >= 0) setActive(active - 1);
      else goBack(1);
      return true;
    default:
      return false;
  }
}
