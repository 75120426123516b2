/** One key in all regions, side by side: values, metadata, what differs, and its last operations. */
import { agentLimits } from "../../limits.js";
import { bytesOf } from "../bytes.js";
import { gatherConflicts } from "../conflicts.js";
import type { KeyDocument, KeyOperation, KeyRegion } from "./documents.js";
import { conflictSourceOf, keyViews } from "./gather.js";
import type { AskedRegion } from "./source.js";

export async function readKeyEverywhere(regions: readonly AskedRegion[], keyBase64: string): Promise<KeyDocument> {
  const key = Buffer.from(keyBase64, "base64");
  const [views, conflicts, history] = await Promise.all([
    keyViews(regions, keyBase64),
    gatherConflicts(regions.map(conflictSourceOf), { key, limit: agentLimits.conflictsListed }),
    historyOf(regions, keyBase64),
  ]);
  return {
    keyBase64,
    key: bytesOf(key),
    regions: views,
    differences: differencesOf(views),
    conflicts: conflicts.conflicts,
    ...history,
  };
}

/** Of all regions together: one that is cut off has logged what the others don't have. */
async function historyOf(
  regions: readonly AskedRegion[],
  keyBase64: string,
): Promise<{ history: KeyOperation[]; historyWhole: boolean }> {
  const question = { kind: "keyLog", keyBase64, sinceMs: 0, rows: agentLimits.historyRows } as const;
  const answers = await Promise.allSettled(regions.map((region) => region.ask(question)));
  const found = new Map<string, KeyOperation>();
  let historyWhole = true;
  for (const answer of answers) {
    if (answer.status === "rejected") {
      historyWhole = false;
      continue;
    }
    if (!answer.value.whole) historyWhole = false;
    for (const { code: _code, seen: _seen, ...operation } of answer.value.operations) {
      const name = `${operation.origin} ${operation.stamp} ${operation.command}`;
      const known = found.get(name);
      const concurrentWith = [...new Set([...(known?.concurrentWith ?? []), ...operation.concurrentWith])];
      found.set(name, { ...operation, concurrentWith });
    }
  }
  const history = [...found.values()].toSorted((a, b) => b.stamp - a.stamp || (a.origin < b.origin ? -1 : 1));
  return { history: history.slice(0, agentLimits.historyMax), historyWhole };
}

function differencesOf(views: readonly KeyRegion[]): KeyDocument["differences"] {
  const answering = views.filter(({ problem }) => problem === null);
  const differ = (look: (view: KeyRegion) => unknown): boolean =>
    new Set(answering.map((view) => JSON.stringify(look(view)))).size > 1;
  const found: KeyDocument["differences"] = [];
  if (differ(({ type }) => type)) found.push("type");
  if (differ(({ size, value }) => [size, value])) found.push("value");
  if (differ(({ metadata }) => fieldsOf(metadata)["deadlineMs"] ?? 0)) found.push("deadline");
  if (differ(({ metadata }) => ({ ...fieldsOf(metadata), region: "", nowMs: 0 }))) found.push("metadata");
  return found;
}

function fieldsOf(metadata: unknown): Record<string, unknown> {
  return typeof metadata === "object" && metadata !== null ? (metadata as Record<string, unknown>) : {};
}
