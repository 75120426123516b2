/**
 * What a local start shows: where to connect, what to try, and on a terminal each link with its lag and throughput, drawn
 * again in place. Pure: documents in, lines out.
 */
import type { LinkState, LinkView, StatusDocument } from "../admin/index.js";
import { BASE_PORT_DEFAULT, type StartPlan } from "./options.js";
import { padded, table, type Style } from "./text-table.js";

export interface SummaryInput {
  plan: StartPlan;
  version: string;
  status: StatusDocument;
  style: Style;
}

/** Printed once, when every region accepts writes. */
export function welcomeLines({ plan, version, status, style }: SummaryInput): string[] {
  const rows = plan.regions.map(({ name, gatewayPort, serverPort, nodes }) => {
    const server = status.regions.find(({ region }) => region === name)?.server;
    const kept = server?.persistent === true ? "kept in an append-only file" : "in memory only";
    return [
      name,
      `127.0.0.1:${gatewayPort}`,
      `127.0.0.1:${(nodes ?? [{ port: serverPort }]).map(({ port }) => port).join(", ")}`,
      server === null || server === undefined ? "" : `${server.kind} ${server.version}, ${kept}`,
    ];
  });
  const nodes = plan.regions[0]?.nodes;
  const isPassive = plan.mode === "active-passive";
  const lone = isPassive
    ? `${plan.regions[0]?.name ?? ""} takes the writes first, the others follow it`
    : "each takes writes";
  const each = nodes === undefined ? lone : `each a cluster of ${nodes.length} nodes that takes writes`;
  const title = `${plan.regions.length} regions on this machine, ${each}`;
  return [
    "",
    `${style.bold(`Meridian ${version}`)}  ${title}`,
    "",
    ...table(["region", "connect here", nodes === undefined ? "its server" : "its nodes", "data"], rows, style),
    "",
    ...memoryOnlyLines(status, style),
    ...tryLines(plan, style),
  ];
}

function memoryOnlyLines({ regions }: StatusDocument, style: Style): string[] {
  if (regions.every(({ server }) => server?.persistent !== false)) return [];
  const remedy = "install valkey-server or redis-server 7.0 or newer to keep it";
  return [style.yellow(`In memory only: all data is gone when this stops; ${remedy}.`), ""];
}

function tryLines(plan: StartPlan, style: Style): string[] {
  const [first, second] = plan.regions;
  if (first === undefined || second === undefined) return [];
  const base = plan.adminPort === BASE_PORT_DEFAULT ? "" : ` --base-port ${plan.adminPort}`;
  if (plan.mode === "active-passive") return passiveTryLines(plan, base, style);
  const steps = [
    [`redis-cli -p ${first.gatewayPort} SET greeting hello`, `write in ${first.name}`],
    [`redis-cli -p ${second.gatewayPort} GET greeting`, `read in ${second.name}`],
    [`npx meridian partition ${second.name}${base}`, `cut ${second.name} off, then write on both sides`],
    [`npx meridian heal${base}`, "mend all links: every region agrees"],
    [`npx meridian status${base}`, "how regions and links are"],
    ...(plan.console ? [[`http://127.0.0.1:${plan.adminPort}`, "the console: see all of this in a browser"]] : []),
  ];
  return stepLines(steps, style);
}

function passiveTryLines({ regions, adminPort }: StartPlan, base: string, style: Style): string[] {
  const [first, second] = regions;
  if (first === undefined || second === undefined) return [];
  const steps = [
    [`redis-cli -p ${second.gatewayPort} SET greeting hello`, `write through ${second.name}: it goes to the primary`],
    [`redis-cli -p ${second.gatewayPort} GET greeting`, `read in ${second.name}`],
    [`npx meridian status${base}`, `or http://127.0.0.1:${adminPort}/api/status`],
  ];
  return stepLines(steps, style);
}

function stepLines(steps: readonly (readonly string[])[], style: Style): string[] {
  const width = Math.max(...steps.map(([command = ""]) => command.length));
  return [
    style.bold("Try"),
    ...steps.map(([command = "", why = ""]) => `  ${padded(command, width)}  ${style.dim(why)}`),
    "",
  ];
}

/** The live part: one row a direction. */
export function linkLines(status: StatusDocument, style: Style): string[] {
  const rows = status.links.map((link) => [
    `${link.from} -> ${link.to}`,
    link.state,
    link.emulated === null ? "" : `${link.emulated.rttMs} ms`,
    lagText(link),
    delayText(link),
    `${compact(link.operationsPerSecond)}/s`,
    `${compact(link.bytesPerSecond)}B/s`,
    compact(link.backlogEntries),
  ]);
  const header = ["link", "state", "round trip", "lag", "delay p50 / p99", "operations", "data", "backlog"];
  const paint = (column: number, text: string): string =>
    column === 1 ? painted(text.trim() as LinkState, text, style) : text;
  const problems = status.regions.filter(({ problem }) => problem !== null);
  return [
    ...table(header, rows, style, paint),
    ...problems.map(({ region, problem }) => style.red(`${region}: ${problem}`)),
  ];
}

function painted(state: LinkState, text: string, style: Style): string {
  if (state === "up") return style.green(text);
  return state === "cut" || state === "refused" ? style.red(text) : style.yellow(text);
}

export function lagText({ lagMs }: Pick<LinkView, "lagMs">): string {
  if (lagMs === null) return "-";
  return lagMs < 10_000 ? `${Math.round(lagMs)} ms` : `${Math.round(lagMs / 1000)} s`;
}

export function delayText({ delayMs }: Pick<LinkView, "delayMs">): string {
  return delayMs === null ? "-" : `${Math.round(delayMs.p50)} / ${Math.round(delayMs.p99)} ms`;
}

/** 1234567 -> 1.2M */
export function compact(value: number): string {
  const units = ["", "k", "M", "G", "T"];
  let scaled = value;
  let unit = 0;
  while (scaled >= 1000 && unit < units.length - 1) {
    scaled /= 1000;
    unit++;
  }
  return `${unit === 0 || scaled >= 100 ? Math.round(scaled) : scaled.toFixed(1)}${units[unit] ?? ""}`;
}
