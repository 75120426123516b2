/** `status` and `lag` for people. */
import {
  compact,
  delayText,
  lagText,
  linkLines,
  table,
  type RegionStatus,
  type StatusDocument,
  type Style,
} from "@meridian/agent/api";

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
    "",
    ...linkLines(status, style),
    ...noteLines(status, style),
  ];
}

/** Without a plain port it is the one of TLS; there may be none at all, only a unix socket. */
function gatewayText(gateway: RegionStatus["gateway"]): string {
  const port = gateway === null || gateway.port === 0 ? gateway?.tlsPort : gateway.port;
  return gateway === null || port === null || port === undefined ? "-" : `${gateway.host}:${port}`;
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
