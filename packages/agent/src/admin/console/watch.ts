/**
 * Watches one key in all regions: tells what each shows whenever that changes, and once all show the same again the story of
 * what met on the way. It looks again after a pause that grows with what a look costs, so that a large key costs little.
 */
import { setTimeout as delay } from "node:timers/promises";
import { textOf } from "../../errors.js";
import { agentLimits } from "../../limits.js";
import type { KeyRegion, WatchedKey } from "./documents.js";
import type { EventStream } from "./event-stream.js";
import { areSame, conflictSourceOf, keyViews } from "./gather.js";
import type { LoggedOperation } from "./key-log.js";
import type { AskedRegion } from "./source.js";
import { storyOf } from "./story.js";

export class KeyWatch {
  /** What was there before, or was told. */
  private readonly told = new Set<string>();
  private shown = "";
  private checked = "";

  constructor(
    private readonly regions: readonly AskedRegion[],
    private readonly keyBase64: string,
    private readonly stream: EventStream,
  ) {}

  /** Until the reader is gone, or the signal says so. */
  async run(stopped: AbortSignal): Promise<void> {
    let isFirst = true;
    while (!this.stream.closed && !stopped.aborted) {
      const startedAt = performance.now();
      const views = await keyViews(this.regions, this.keyBase64);
      if (!isFirst) this.tell(views);
      const isNews = await this.look(views, isFirst).catch((error: unknown) => this.failed(error));
      if (isFirst) this.tell(views); // who sees it knows that from here on stories are told
      if (isNews) isFirst = false;
      const tookMs = performance.now() - startedAt;
      const pauseMs = Math.max(agentLimits.watchEveryMs, tookMs * agentLimits.watchRest);
      await delay(pauseMs, undefined, { signal: stopped }).catch(() => undefined);
    }
  }

  private tell(views: readonly KeyRegion[]): void {
    const shown = JSON.stringify(views.map(({ fingerprint, problem }) => [fingerprint, problem]));
    if (shown === this.shown) return;
    this.shown = shown;
    const regions = views.map(({ region, problem, type, ttlMs, size, value, fingerprint }) => {
      return { region, problem, type, ttlMs, size, value, fingerprint };
    });
    const watched: WatchedKey = { atMs: Date.now(), same: areSame(views), regions };
    this.stream.sendNewest("value", JSON.stringify(watched));
  }

  /** The log is read when all show the same, once for what they show. True: it was. */
  private async look(views: readonly KeyRegion[], isFirst: boolean): Promise<boolean> {
    const at = views.findIndex(({ problem }) => problem === null);
    const [before, region] = [views[at], this.regions[at]];
    if (before === undefined || region === undefined) return false;
    if (!isFirst && areSame(views) !== true) return false;
    if (seenIn(before) === this.checked) return false;
    // Value and metadata are two questions: what is between them is in the one, not in the other. So they are asked again.
    const view = await region.ask({ kind: "keyView", keyBase64: this.keyBase64 });
    if (view.fingerprint !== before.fingerprint) return false;
    const atMs = Date.now();
    const sinceMs = atMs - agentLimits.storyBackMs;
    const log = await region.ask({ kind: "keyLog", keyBase64: this.keyBase64, sinceMs, rows: agentLimits.historyRows });
    const room = { conflicts: agentLimits.conflictsListed, bytes: agentLimits.inspectBytesMax * 64, valueBytes: 1024 };
    const conflicts = isFirst ? [] : (await conflictSourceOf(region).losers([this.keyBase64], room)).conflicts;
    const parts = { keyBase64: this.keyBase64, atMs, log, view, conflicts };
    const story = isFirst ? undefined : storyOf(parts, (operation) => this.told.has(nameOf(operation)));
    for (const operation of log.operations) this.told.add(nameOf(operation));
    this.checked = seenIn(view);
    if (story !== undefined) this.stream.send("story", JSON.stringify(story));
    return true;
  }

  /** The next look tries again. */
  private failed(error: unknown): false {
    this.stream.sendNewest("problem", JSON.stringify({ message: textOf(error) }));
    return false;
  }
}

/** What the region shows and knows, without the time. */
function seenIn({ fingerprint, metadata }: KeyRegion): string {
  return JSON.stringify([fingerprint, metadata]).replace(/"nowMs":\d+/, "");
}

function nameOf({ origin, stamp }: LoggedOperation): string {
  return `${origin} ${stamp}`;
}
