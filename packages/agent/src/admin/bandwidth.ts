/** Which links a limit of bandwidth is meant for, and setting it. A limit is the sender's, one for each direction. */
import { bandwidthText, parseBandwidth } from "../config/bandwidth.js";
import { AgentError } from "../errors.js";
import type { Replication } from "../services.js";
import type { BandwidthDocument, BandwidthRequest } from "./documents.js";

type Names = Pick<BandwidthRequest, "a" | "b">;

/** Both directions between `a` and `b`; without `b` all links of `a`; without both every link. */
export function isMeant({ from, to }: { from: string; to: string }, { a, b }: Names): boolean {
  return [a, b].every((name) => name === undefined || name === from || name === to);
}

/** Refuses names that are none, and a link of a region to itself. */
export function checkNames({ a, b }: Names, regions: readonly string[]): void {
  for (const region of [a, b]) {
    if (region === undefined || regions.includes(region)) continue;
    throw new AgentError("MERIDIAN_UNKNOWNLINK", { region, regions: regions.join(", ") });
  }
  if (a === undefined || a !== b) return;
  throw new AgentError("MERIDIAN_BADREQUEST", { problem: `${a} has no link to itself`, remedy: "name two regions" });
}

/** What one agent sends: the limits that stand. */
export function bandwidthOf(replication: Pick<Replication, "status">): BandwidthDocument {
  const links = replication.status().outgoing.map(({ from, to, bandwidthBytesPerSecond: bytes }) => {
    return { from, to, bandwidth: bytes === null ? null : bandwidthText(bytes) };
  });
  return { links };
}

export function limitLinks(
  replication: Pick<Replication, "status" | "limitLink">,
  request: BandwidthRequest,
): BandwidthDocument {
  const { region, outgoing } = replication.status();
  checkNames(request, [region, ...outgoing.map(({ to }) => to)]);
  const meant = outgoing.filter((link) => isMeant(link, request));
  if (meant.length === 0) {
    throw new AgentError("MERIDIAN_BADREQUEST", {
      problem: `the agent of ${region} sends nothing between ${request.a ?? ""} and ${request.b ?? ""}`,
      remedy: "ask the agents of those two",
    });
  }
  const bytesPerSecond = request.bandwidth === null ? undefined : parseBandwidth(request.bandwidth);
  for (const { to } of meant) replication.limitLink(to, bytesPerSecond);
  return bandwidthOf(replication);
}
