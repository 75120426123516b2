/** Lags of all links, a sample a second. Each is kept for the chart's minute and counted for the report. */
import type { LinkState, StatusDocument } from "@meridian/agent/api";
import { spreadOf, type Spread } from "../numbers.js";

const SHOWN_MAX = 120;

export interface LinkLags {
  readonly from: string;
  readonly to: string;
  /** The latest, the newest last; null: not known then. */
  readonly shown: (number | null)[];
  readonly all: number[];
  state: LinkState;
  backlogEntries: number;
  /** Samples at which it was not up. */
  down: number;
}

export interface LagReport {
  format: 1;
  atMs: number;
  seconds: number;
  links: { from: string; to: string; lagMs: Spread | null; secondsDown: number; backlogEntries: number }[];
  /** Samples at which the admin API did not answer. */
  unanswered: number;
}

export class LagHistory {
  readonly links = new Map<string, LinkLags>();
  private readonly startedMs = Date.now();
  private unanswered = 0;

  /** Undefined: nobody answered. */
  add(status: StatusDocument | undefined): void {
    if (status === undefined) {
      this.unanswered++;
      for (const link of this.links.values()) push(link, null);
      return;
    }
    for (const { from, to, state, lagMs, backlogEntries } of status.links) {
      const name = `${from} ${to}`;
      const link = this.links.get(name) ?? { from, to, shown: [], all: [], state, backlogEntries, down: 0 };
      this.links.set(name, link);
      link.state = state;
      link.backlogEntries = backlogEntries;
      if (state !== "up") link.down++;
      push(link, lagMs);
    }
  }

  report(): LagReport {
    return {
      format: 1,
      atMs: Date.now(),
      seconds: Math.round((Date.now() - this.startedMs) / 1000),
      links: [...this.links.values()].map(({ from, to, all, down, backlogEntries }) => {
        return { from, to, lagMs: spreadOf(all), secondsDown: down, backlogEntries };
      }),
      unanswered: this.unanswered,
    };
  }
}

function push(link: LinkLags, lagMs: number | null): void {
  link.shown.push(lagMs);
  if (link.shown.length > SHOWN_MAX) link.shown.shift();
  if (lagMs !== null) link.all.push(lagMs);
}
