/** The members as an operator sees them, and what would be lost with a region that is to be forgotten. */
import { msOfStamp, stampIn, WHOLE } from "../replica/index.js";
import type { Replication } from "../services.js";
import { changeText } from "./changes.js";
import type { ForgetDocument, ForgetPreview, RegionPlace, RegionsDocument } from "./documents.js";
import type { Membership } from "./membership.js";
import { livingOf, votersOf } from "./table.js";

type Known = Pick<Replication, "holdings" | "status">;

export function regionsDocument(own: string, membership: Membership, replication: Known): RegionsDocument {
  const { table, pending } = membership.members;
  const others = livingOf(table).filter((name) => name !== own);
  const lacking = lackOf(membership, replication);
  const regions = table.places.map((place): RegionPlace => {
    const { name, status, sinceMs } = place;
    const isPast = status !== "member" && status !== "joining";
    const link = membership.addressesOf(place).join(",");
    return {
      region: name,
      link,
      status,
      sinceMs: sinceMs === 0 ? null : sinceMs,
      lackedBy: isPast ? lacking(name) : [],
    };
  });
  const joining = new Set(table.places.filter(({ status }) => status === "joining").map(({ name }) => name));
  const unaware = others
    .filter((name) => !joining.has(name))
    .filter((name) => (membership.heard(name)?.table.epoch ?? 0) < table.epoch);
  const isLeaving = regions.some(({ status }) => status === "leaving");
  const isUneven = regions.some(({ status, lackedBy }) => status === "forgotten" && lackedBy.length > 0);
  return {
    region: own,
    epoch: table.epoch,
    closed: membership.closed === "" ? null : membership.closed,
    regions,
    change:
      pending === null
        ? null
        : {
            what: changeText(pending.change),
            by: pending.by,
            sinceMs: pending.atMs,
            waitsFor: [pending.by, ...votersOf(table, pending)].filter(
              (name) => name !== own && membership.heard(name)?.pending?.id !== pending.id,
            ),
          },
    unaware,
    settled: pending === null && unaware.length === 0 && !isLeaving && !isUneven,
  };
}

/** Members that lack of a region's writes some that this region, or a member that it heard of, has. */
function lackOf(membership: Membership, replication: Known): (region: string) => string[] {
  const members = new Set(
    membership.members.table.places.filter(({ status }) => status === "member").map(({ name }) => name),
  );
  const holdings = replication.holdings();
  return (region) => {
    const furthest = new Map<string, number>();
    for (const { vector } of holdings) {
      for (const [origin, stamp] of Object.entries(vector)) {
        if (isOf(origin, region)) furthest.set(origin, Math.max(stamp, furthest.get(origin) ?? 0));
      }
    }
    return holdings
      .filter((one) => members.has(one.region) && one.region !== region)
      .filter(({ durable }) => {
        const held = new Map(Object.entries(durable));
        return [...furthest].some(([origin, stamp]) => stampIn(held, origin) < stamp);
      })
      .map((one) => one.region);
  };
}

export function forgetDocument(
  names: readonly string[],
  own: string,
  membership: Membership,
  replication: Known,
): ForgetDocument {
  const survivors = livingOf(membership.members.table).filter((name) => !names.includes(name));
  const holdings = replication.holdings();
  const { incoming, outgoing } = replication.status();
  const forget = names.map((name): ForgetPreview => {
    const held = survivors.map((region) => {
      const vector = holdings.find((one) => one.region === region)?.vector;
      return { region, latest: vector === undefined ? null : latestOf(vector, name) };
    });
    const [best] = held
      .flatMap(({ region, latest }) => (latest === null ? [] : [{ ...latest, heldBy: region }]))
      .toSorted((a, b) => b.stamp - a.stamp || (a.heldBy === own ? -1 : 1));
    const downs = [...incoming, ...outgoing]
      .filter((link) => link.from === name || link.to === name)
      .flatMap(({ sinceMs, bytesTotal, roundTripMs }) => (bytesTotal > 0 || roundTripMs !== null ? [sinceMs] : []));
    return {
      region: name,
      linkedUntilMs: downs.length === 0 ? null : Math.max(...downs),
      latest: best ?? null,
      survivors: held.map(({ region, latest }) => ({
        region,
        latest: latest === null ? null : { stamp: latest.stamp, atMs: latest.atMs },
      })),
    };
  });
  return { forget };
}

function latestOf(
  vector: Readonly<Record<string, number>>,
  region: string,
): { origin: string; stamp: number; atMs: number } | null {
  let latest: { origin: string; stamp: number; atMs: number } | null = null;
  for (const [origin, stamp] of Object.entries(vector)) {
    if (!isOf(origin, region) || stamp === WHOLE || stamp <= (latest?.stamp ?? 0)) continue;
    latest = { origin, stamp, atMs: msOfStamp(stamp) };
  }
  return latest;
}

function isOf(origin: string, region: string): boolean {
  return origin.startsWith(`${region}~`);
}
