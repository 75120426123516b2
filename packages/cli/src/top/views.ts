/** What each view of `meridian top` shows. Pure: documents in, lines out. */
import {
  compact,
  delayText,
  lagText,
  linkLines,
  table,
  type ConflictsDocument,
  type HealthDocument,
  type LinkState,
  type StatusDocument,
  type Style,
} from "@meridian/agent/api";
import { conflictsLines } from "../conflicts-view.js";
import type { LagHistory } from "../lag/history.js";
import { sparkline } from "../terminal/sparkline.js";
import type { RegionRates } from "./rates.js";
import { VIEWS, type View } from "./view-state.js";

export interface TopData {
  /** Undefined: nobody answers now; what is shown is the last that was told. */
  status: StatusDocument | undefined;
  problem: string | undefined;
  rates: ReadonlyMap<string, RegionRates>;
  lags: LagHistory;
  conflicts: readonly ConflictsDocument[];
  health: readonly HealthDocument[];
}

const SPARK_WIDTH = 30;

export function viewLines(view: View, data: TopData, style: Style): string[] {
  const { status } = data;
  if (status === undefined) return [style.red(data.problem ?? "no answer yet")];
  switch (view) {
    case "overview":
      return [...regionLines(status, data, style), "", ...lagLines(status, data, style), ...noteLines(status, style)];
    case "links":
      return linkLines(status, style);
    case "conflicts":
      return data.conflicts.flatMap((document) => conflictsLines(document, undefined, style));
    case "health":
      return data.health.length === 0 ? ["..."] : healthLines(data.health, style);
  }
}

/** One line that says how all is. */
export function headLine({ status, problem }: TopData, style: Style): string {
  if (status === undefined) return style.bold("Meridian");
  const up = status.regions.filter(({ state }) => state === "up").length;
  const linked = status.links.filter(({ state }) => state === "up").length;
  const isWell = up === status.regions.length && linked === status.links.length && problem === undefined;
  const kept = status.regions.reduce((most, { conflicts }) => Math.max(most, conflicts?.keys ?? 0), 0);
  const parts = [
    `${up} of ${status.regions.length} regions up`,
    `${linked} of ${status.links.length} links up`,
    `${kept} ${kept === 1 ? "key has" : "keys have"} kept conflicts`,
  ];
  const paint = isWell ? style.green : style.red;
  const stale = problem === undefined ? "" : `  ${style.red(`as last told: ${problem}`)}`;
  return `${style.bold(`Meridian ${status.software}`)}  ${paint(parts.join(", "))}${stale}`;
}

export function tabLine(view: View, style: Style): string {
  const tabs = VIEWS.map((name, at) => {
    const text = `${at + 1} ${name}`;
    return name === view ? style.bold(`[${text}]`) : style.dim(` ${text} `);
  });
  return `${tabs.join(" ")}   ${style.dim("arrows move, q ends")}`;
}

function regionLines({ regions }: StatusDocument, { rates }: TopData, style: Style): string[] {
  const rows = regions.map(({ region, state, gateway, logs, conflicts, alarms }) => {
    const rate = rates.get(region);
    return [
      region,
      state,
      gateway === null ? "-" : compact(Number(gateway.stats["clientsConnected"] ?? 0)),
      perSecond(rate?.written),
      perSecond(rate?.forwarded),
      logs === null || logs.bytes === null ? "-" : `${compact(logs.bytes)}B`,
      logs === null ? "-" : logs.keptFor.join(" ") || "nobody",
      conflicts === null ? "-" : compact(conflicts.keys),
      String(alarms.length),
    ];
  });
  const header = ["region", "state", "clients", "writes", "reads", "logs", "kept for", "conflicts", "alarms"];
  return table(header, rows, style, stateColumn(style, ["up"]));
}

function lagLines({ links }: StatusDocument, { lags }: TopData, style: Style): string[] {
  const shown = [...lags.links.values()].flatMap((link) => link.shown.slice(-SPARK_WIDTH));
  const top = Math.max(1, ...shown.map((lagMs) => lagMs ?? 0));
  const rows = links.map((link) => [
    `${link.from} -> ${link.to}`,
    link.state,
    lagText(link),
    sparkline(lags.links.get(`${link.from} ${link.to}`)?.shown ?? [], SPARK_WIDTH, top),
    delayText(link),
    perSecond(link.operationsPerSecond),
    compact(link.backlogEntries),
  ]);
  const header = [
    "link",
    "state",
    "lag",
    `last ${SPARK_WIDTH} s, to ${Math.round(top)} ms`,
    "p50 / p99",
    "operations",
    "backlog",
  ];
  return table(header, rows, style, stateColumn(style, ["up" satisfies LinkState]));
}

function noteLines({ regions }: StatusDocument, style: Style): string[] {
  const notes = regions.flatMap(({ region, problem, findings, alarms }) => [
    ...(problem === null ? [] : [style.red(`${region}: ${problem}`)]),
    ...findings.map(({ message }) => style.yellow(`${region}: ${message}`)),
    ...alarms.map(({ code, message }) => style.yellow(`${region}: ${code} ${message}`)),
  ]);
  return notes.length === 0 ? [] : ["", ...notes];
}

function healthLines(documents: readonly HealthDocument[], style: Style): string[] {
  const rows = documents
    .flatMap(({ regions }) => regions)
    .map(({ region, problem, memory, keys, commandsPerSecond, logs, clockSkewMs }) => [
      region,
      memory === null
        ? "-"
        : `${compact(memory.usedBytes)}B${memory.maxBytes === null ? "" : ` of ${compact(memory.maxBytes)}B`}`,
      keys === null ? "-" : compact(keys),
      perSecond(commandsPerSecond),
      logs === null ? "-" : `${Math.round(logs.unsyncedMs)} ms`,
      Object.entries(clockSkewMs)
        .map(([peer, skewMs]) => `${peer} ${Math.round(skewMs)} ms`)
        .join(", ") || "-",
      problem ?? "",
    ]);
  const header = ["region", "memory", "keys", "commands", "not on disk for", "clocks ahead", ""];
  const alarms = documents.flatMap((document) => document.alarms);
  return [
    ...documents.map((document) => convergenceLine(document, style)),
    "",
    ...table(header, rows, style),
    "",
    ...(alarms.length === 0 ? [style.dim("no alarms")] : []),
    ...alarms.flatMap(({ region, code, message, count, runbook }) => [
      style.yellow(`${region}: ${code} ${message} (${count})`),
      style.dim(`  ${runbook}`),
    ]),
  ];
}

function convergenceLine({ convergence, comparing }: HealthDocument, style: Style): string {
  if (convergence === null) return style.dim(`digests are being compared: ${Math.floor(100 * (comparing ?? 0))} %`);
  const { same, quiet, differing, buckets } = convergence;
  if (same === null) return style.dim("one region: there is nothing to compare");
  if (same) return style.green(`all regions hold the same: ${buckets} digests are equal`);
  const text = `${differing} of ${buckets} digests differ`;
  return quiet === true
    ? style.red(`${text}, and nothing is under way: run meridian verify`)
    : style.yellow(`${text}, while writes are under way`);
}

function perSecond(value: number | null | undefined): string {
  return value === null || value === undefined ? "-" : `${compact(value)}/s`;
}

function stateColumn(style: Style, good: readonly string[]) {
  return (column: number, text: string): string => {
    if (column !== 1) return text;
    return good.includes(text.trim()) ? style.green(text) : style.red(text);
  };
}
