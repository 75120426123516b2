/** `status` and `lag` for people. */
import {
  compact,
  delayText,
  lagText,
  linkLines,
  table,
  type RegionStatus,
  type SlotsView,
  type StateSyncView,
  type StatusDocument,
  type Style,
} from "@meridian/agent/api";
import { roleLines } from "./roles-view.js";

export function statusLines(status: StatusDocument, style: Style): string[] {
  const rows = status.regions.map((region) => [
    region.region,
    region.state,
    gatewayText(region.gateway),
    region.server === null ? "-" : `${region.server.host}:${region.server.port}`,
    region.server === null ? "-" : `${region.server.kind} ${region.server.version}`,
    compact(Number(region.gateway?.stats["clientsConnected"] ?? 0)),
    region.origin ?? "-",
  ]);
  const paint = (column: number, text: string): string => {
    if (column !== 1) return text;
    return text.trim() === "up" ? style.green(text) : style.red(text);
  };
  return [
    ...table(["region", "state", "gateway", "server", "version", "clients", "origin"], rows, style, paint),
    ...nodeLines(status, style),
    ...roleLines(status, style),
    "",
    ...linkLines(status, style),
    ...agentLines(status),
    ...syncLines(status, style),
    ...noteLines(status, style),
  ];
}

/** Without a plain port it is the one of TLS; there may be none at all, only a unix socket. */
function gatewayText(gateway: RegionStatus["gateway"]): string {
  const port = gateway === null || gateway.port === 0 ? gateway?.tlsPort : gateway.port;
  return gateway === null || port === null || port === undefined ? "-" : `${gateway.host}:${port}`;
}

/** Of regions whose partitions are hash slots. */
function nodeLines({ regions }: StatusDocument, style: Style): string[] {
  const rows = regions.flatMap(({ region, slots }) =>
    (slots?.nodes ?? []).map((node, index) => [
      index === 0 ? region : "",
      `${node.host}:${node.port}`,
      node.up ? "up" : "down",
      String(node.slots),
      index === 0 && slots !== null ? slotsText(slots) : "",
    ]),
  );
  if (rows.length === 0) return [];
  const paint = (column: number, text: string): string => {
    if (column !== 2) return text;
    return text.trim() === "up" ? style.green(text) : style.red(text);
  };
  return ["", ...table(["region", "node", "state", "slots", ""], rows, style, paint)];
}

function slotsText({ count, up, open, importing }: SlotsView): string {
  const parts = [
    up === count ? `all ${count} slots up` : `${up} of ${count} slots up`,
    open === null ? [] : `replicating in ${open}`,
    importing === null || importing === 0 ? [] : `taking in the state of ${importing}`,
  ];
  return parts.flat().join(", ");
}

/** Of regions that several agents serve. */
function agentLines({ regions }: StatusDocument): string[] {
  const lines = regions.flatMap(({ region, agents }) => {
    if (agents.length < 2) return [];
    return agents.map(({ id, role, slots, admin }, index) => {
      const place = index === 0 ? "this one" : `admin API ${admin ?? "-"}`;
      const which = slots === null || slots === "" ? "" : ` slots ${slots.replaceAll(" ", ", ")}`;
      return `agent of ${region}: ${id} (${place}) ${role === "active" ? `replicates${which}` : "stands by"}`;
    });
  });
  return lines.length === 0 ? [] : ["", ...lines];
}

/** Who catches up by state, and who will. */
function syncLines({ regions }: StatusDocument, style: Style): string[] {
  const lines = regions.flatMap(({ region, logs, stateSync, adoption }) => [
    ...(adoption === null ? [] : [`${region} adopts the keys of its server: ${adoption.keys} so far`]),
    ...(stateSync === null
      ? []
      : [`${region} takes in the state of ${stateSync.source ?? "another region"}: ${progressText(stateSync)}`]),
    ...(logs?.fallen ?? []).map((peer) => `the logs of ${region} no longer reach ${peer}: it catches up by state`),
  ]);
  return lines.length === 0 ? [] : ["", ...lines.map(style.yellow)];
}

function progressText({ buckets, bucketsTotal, bytes, leftMs, lastError }: StateSyncView): string {
  const done = `${Math.floor((100 * buckets) / bucketsTotal)} % (${buckets} of ${bucketsTotal} buckets, ${compact(bytes)} bytes)`;
  const left = leftMs === null ? "" : `, about ${Math.ceil(leftMs / 1000)} s left`;
  return lastError === null ? done + left : `${done}${left}; ${lastError}`;
}

function noteLines({ regions }: StatusDocument, style: Style): string[] {
  const notes = regions.flatMap(({ region, findings, alarms }) => [
    ...findings.map(({ severity, message }) => `${severity} ${region}: ${message}`),
    ...alarms.map(
      ({ code, message, count }) => `alarm ${region}: ${code} ${message}${count > 1 ? ` (${count} times)` : ""}`,
    ),
  ]);
  return notes.length === 0 ? [] : ["", ...notes.map(style.yellow)];
}

export function lagLines({ links }: StatusDocument, style: Style): string[] {
  const rows = links.map((link) => [
    `${link.from} -> ${link.to}`,
    link.state,
    lagText(link),
    delayText(link),
    link.roundTripMs === null ? "-" : `${Math.round(link.roundTripMs)} ms`,
    compact(link.backlogEntries),
    link.bandwidth ?? "-",
    link.clockSkewMs === null ? "-" : `${Math.round(link.clockSkewMs)} ms`,
  ]);
  const header = ["link", "state", "lag", "delay p50 / p99", "round trip", "backlog", "limit", "clock ahead"];
  return table(header, rows, style);
}
