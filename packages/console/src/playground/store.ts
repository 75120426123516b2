/**
 * What the playground keeps while one looks at other views: what was run in each region and answered, what is watched, the
 * stories, and how far a scenario is. Every list is bounded.
 */
import type { ReplyView, Story } from "@meridian/agent/api";
import { useSyncExternalStore } from "react";
import { limits } from "../limits.js";

export interface Entry {
  id: number;
  line: string;
  /** Undefined: not answered yet. */
  reply?: ReplyView;
  /** Why there is no reply. */
  problem?: string;
  tookMs?: number;
}

export interface PlaygroundState {
  entries: Readonly<Record<string, readonly Entry[]>>;
  /** Lines by region, the newest last. */
  history: Readonly<Record<string, readonly string[]>>;
  /** As text; undefined: none yet. */
  watchedKey: string | undefined;
  stories: readonly Story[];
  scenario: string | undefined;
  /** Steps of it that are done. */
  done: number;
  inTransaction: Readonly<Record<string, boolean>>;
}

const EMPTY: PlaygroundState = {
  entries: {},
  history: {},
  watchedKey: undefined,
  stories: [],
  scenario: undefined,
  done: 0,
  inTransaction: {},
};

export class PlaygroundStore {
  private state = EMPTY;
  private nextId = 1;
  private readonly listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  readonly now = (): PlaygroundState => this.state;

  begin(region: string, line: string): number {
    const id = this.nextId++;
    const entries = [...(this.state.entries[region] ?? []), { id, line }].slice(-limits.entriesMax);
    const before = this.state.history[region] ?? [];
    const history = before.at(-1) === line ? before : [...before, line].slice(-limits.historyMax);
    this.change({
      entries: { ...this.state.entries, [region]: entries },
      history: { ...this.state.history, [region]: history },
    });
    return id;
  }

  end(region: string, id: number, result: Omit<Entry, "id" | "line"> & { inTransaction?: boolean }): void {
    const { inTransaction, ...answer } = result;
    const entries = (this.state.entries[region] ?? []).map((entry) =>
      entry.id === id ? { ...entry, ...answer } : entry,
    );
    this.change({
      entries: { ...this.state.entries, [region]: entries },
      inTransaction: { ...this.state.inTransaction, [region]: inTransaction ?? false },
    });
  }

  clear(region: string): void {
    this.change({ entries: { ...this.state.entries, [region]: [] } });
  }

  watch(key: string): void {
    if (key !== this.state.watchedKey) this.change({ watchedKey: key });
  }

  /** The newest first; told again (a connection that began anew), it is there once. */
  tell(story: Story): void {
    const others = this.state.stories.filter((known) => idOf(known) !== idOf(story));
    this.change({ stories: [story, ...others].slice(0, limits.storiesMax) });
  }

  choose(scenario: string, key: string): void {
    this.change({ scenario, done: 0, watchedKey: key });
  }

  advance(): void {
    this.change({ done: this.state.done + 1 });
  }

  private change(changes: Partial<PlaygroundState>): void {
    this.state = { ...this.state, ...changes };
    for (const listener of this.listeners) listener();
  }
}

/** A story is known by its key and its writes. */
function idOf({ keyBase64, writes }: Story): string {
  return [keyBase64, ...writes.map(({ origin, stamp }) => `${origin} ${stamp}`)].join("\n");
}

export const playground = new PlaygroundStore();

export function usePlayground(): PlaygroundState {
  return useSyncExternalStore(playground.subscribe, playground.now);
}
