/** Asks all regions at once; one that does not answer has a problem, and the others are told. */
import { textOf } from "../../errors.js";
import { absent } from "../inspect.js";
import type { ConflictSource } from "../losers.js";
import type { KeyRegion } from "./documents.js";
import type { AskedRegion } from "./source.js";

export function keyViews(regions: readonly AskedRegion[], keyBase64: string): Promise<KeyRegion[]> {
  return Promise.all(
    regions.map(async (region) => {
      try {
        return await region.ask({ kind: "keyView", keyBase64 });
      } catch (error) {
        return { ...absent(region.region, textOf(error)), encoding: null, bytes: null, fingerprint: "" };
      }
    }),
  );
}

/** Whether those that answer show the same; null: fewer than two answer. */
export function areSame(views: readonly Pick<KeyRegion, "problem" | "fingerprint">[]): boolean | null {
  const answering = views.filter(({ problem }) => problem === null);
  if (answering.length < 2) return null;
  return answering.every(({ fingerprint }) => fingerprint === answering[0]?.fingerprint);
}

export function conflictSourceOf(region: AskedRegion): ConflictSource {
  return {
    region: region.region,
    page: (cursor) => region.ask({ kind: "conflictPage", cursor }),
    losers: (keysBase64, room) => region.ask({ kind: "losers", keysBase64, room }),
  };
}
