/**
 * `meridian top`: asks the admin API each second and shows one of four views. Without a terminal it prints once; while nobody
 * answers it shows what was told last, and says so.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { StatusDocument } from "@meridian/agent/api";
import { AdminRegions, type AdminOptions } from "../admin-regions.js";
import { LagHistory } from "../lag/history.js";
import { joined } from "../lag/run.js";
import type { Output } from "../output.js";
import { ratesOf } from "./rates.js";
import { Screen, type ScreenInput, type ScreenOutput } from "./screen.js";
import { pressed, type ViewState } from "./view-state.js";
import { headLine, tabLine, viewLines, type TopData } from "./views.js";

export interface TopOptions extends AdminOptions {
  json?: boolean;
}

export interface Terminal {
  input: ScreenInput;
  output: ScreenOutput;
}

const EVERY_MS = 1000;
const HEAD_LINES = 3;

export async function runTop(
  options: TopOptions,
  output: Output,
  terminal: Terminal = { input: process.stdin, output: process.stdout },
): Promise<void> {
  const admin = new AdminRegions(options);
  const status = joined(await admin.statuses()); // an error now is one of the command
  if (options.json === true) return output.json({ status, health: await admin.health() });
  const top = new Top(admin, status, output);
  if (Screen.isThere(terminal.input, terminal.output)) return await top.show(terminal);
  output.lines(top.once());
}

class Top {
  private state: ViewState = { view: "overview", scrolled: 0 };
  private readonly data: TopData;
  private readonly ended = new AbortController();
  private readonly end = new Promise<void>((resolve) => {
    this.ended.signal.addEventListener("abort", () => resolve());
  });
  private screen: Screen | undefined;

  constructor(
    private readonly admin: AdminRegions,
    status: StatusDocument,
    private readonly output: Output,
  ) {
    const lags = new LagHistory();
    lags.add(status);
    this.data = { status, problem: undefined, rates: ratesOf(undefined, status), lags, conflicts: [], health: [] };
  }

  once(): string[] {
    const { style } = this.output;
    return [headLine(this.data, style), "", ...viewLines("overview", this.data, style)];
  }

  async show({ input, output }: Terminal): Promise<void> {
    const redraw = (): void => this.draw();
    this.screen = new Screen(input, output, (key) => this.press(key), redraw);
    const end = (): void => this.ended.abort();
    process.once("SIGTERM", end);
    try {
      while (!this.ended.signal.aborted) {
        this.draw();
        await delay(EVERY_MS, undefined, { signal: this.ended.signal }).catch(() => undefined);
        if (!this.ended.signal.aborted) await Promise.race([this.look(), this.end]);
      }
    } finally {
      process.off("SIGTERM", end);
      this.screen.close();
    }
  }

  private press(key: string): void {
    const next = pressed(this.state, key);
    if (next === undefined) return this.ended.abort();
    const isOther = next.view !== this.state.view;
    this.state = next;
    if (isOther) void this.look().then(() => this.draw());
    this.draw();
  }

  private async look(): Promise<void> {
    const { data, admin } = this;
    try {
      const status = joined(await admin.statuses());
      data.rates = ratesOf(data.status, status);
      data.status = status;
      data.lags.add(status);
      if (this.state.view === "conflicts") data.conflicts = await admin.conflicts();
      if (this.state.view === "health") data.health = await admin.health();
      data.problem = undefined;
    } catch (error) {
      data.problem = error instanceof Error ? error.message : String(error);
      data.lags.add(undefined);
    }
  }

  private draw(): void {
    const { screen, state, data } = this;
    if (screen === undefined || this.ended.signal.aborted) return;
    const { style } = this.output;
    const body = viewLines(state.view, data, style);
    const room = Math.max(1, screen.rows - HEAD_LINES);
    state.scrolled = Math.min(state.scrolled, Math.max(0, body.length - room));
    screen.draw([headLine(data, style), tabLine(state.view, style), "", ...body.slice(state.scrolled)]);
  }
}
