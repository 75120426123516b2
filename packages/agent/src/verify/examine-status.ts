/** What the agent itself knows to be wrong, or about to be, for `meridian doctor`: its links, clocks, certificates, origins. */
import type { FindingView, LinkView, RegionStatus, StatusDocument } from "../admin/documents.js";
import { verifyLimits } from "./limits.js";

const DAY_MS = 24 * 60 * 60 * 1000;

/** Of one agent's document. */
export function examineStatus({ regions, links, atMs }: StatusDocument): FindingView[] {
  const [region] = regions;
  if (region === undefined) return [];
  return [
    ...certificate("the certificate of links", region.linkCertificateUntilMs, atMs),
    ...certificate("the certificate for clients", region.gateway?.certificateUntilMs ?? null, atMs),
    ...origins(region, links),
    ...links.filter(({ to }) => to === region.region).flatMap(clocks),
    ...links.filter(({ from }) => from === region.region).flatMap(refusal),
  ];
}

function certificate(which: string, untilMs: number | null, nowMs: number): FindingView[] {
  if (untilMs === null || untilMs - nowMs > verifyLimits.certificateDaysSoon * DAY_MS) return [];
  const when = `${untilMs < nowMs ? "expired" : "expires"} at ${new Date(untilMs).toISOString()}`;
  const message = `${which} ${when}: connections are refused from then on; put a new pair into its files, it is taken without a restart`;
  return [{ code: "CERTIFICATE", severity: untilMs - nowMs < DAY_MS ? "error" : "warning", message }];
}

function origins({ vector }: RegionStatus, links: readonly LinkView[]): FindingView[] {
  const regionsTotal = new Set(links.flatMap(({ from, to }) => [from, to])).size || 1;
  const count = Object.keys(vector).length;
  if (count <= regionsTotal * verifyLimits.originsPerRegion) return [];
  const message = `the vector has ${count} origins for ${regionsTotal} regions: servers were started often after crashes, and each batch and entry names more; they are folded away once all regions have been linked and held them for ten minutes: see to links that are not up, to alarms, and to why servers end`;
  return [{ code: "ORIGINS", severity: "warning", message }];
}

function clocks({ from, clockSkewMs }: LinkView): FindingView[] {
  if (clockSkewMs === null || Math.abs(clockSkewMs) < verifyLimits.clockSkewMs) return [];
  const side = clockSkewMs > 0 ? "ahead of" : "behind";
  const message = `the clock of ${from}'s server is ${Math.round(Math.abs(clockSkewMs))} ms ${side} this region's: of concurrent writes the later one may lose; set both by NTP`;
  return [{ code: "SKEW", severity: "warning", message }];
}

/** Versions, namespaces and lists of regions that don't fit are refused when two agents meet. */
function refusal({ to, state, lastError }: LinkView): FindingView[] {
  if (state !== "refused") return [];
  const message = `${to} refuses the link (${lastError ?? "no reason given"}); make the two agents' versions and configurations the same`;
  return [{ code: "LINKREFUSED", severity: "error", message }];
}
