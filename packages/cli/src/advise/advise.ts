/**
 * From needs to advice, a pure function: for each kind of data one architecture, why, the numbers that it rests on, what to mind,
 * what would go wrong with each of the others; and for each architecture the files to start with.
 */
import { isDeepStrictEqual } from "node:util";
import { architectures, figures, type Architecture, type ArchitectureId } from "./architectures.js";
import { holds } from "./conditions.js";
import { factsOf, type Facts } from "./facts.js";
import type { DataKind, Needs } from "./needs.js";
import { objections } from "./objections.js";
import { rules } from "./rules.js";
import { setupFor, type SetupFile } from "./setup.js";
import { usages } from "./usage.js";
import { warnings } from "./warnings.js";
import { filled } from "./words.js";

export interface Recommendation {
  kind: DataKind;
  architecture: ArchitectureId;
  title: string;
  is: string;
  /** The rule that decided. */
  rule: string;
  why: string;
  numbers: { what: string; value: string }[];
  application: string[];
  mind: string[];
  others: { architecture: ArchitectureId; title: string; wrong: string }[];
  facts: Facts;
}

export interface Setup {
  architectures: ArchitectureId[];
  for: DataKind[];
  files: SetupFile[];
}

export interface Advice {
  needs: Needs;
  recommendations: Recommendation[];
  setups: Setup[];
}

export function advise(needs: Needs): Advice {
  const recommendations = needs.data.map((data) => recommend(factsOf(needs, data)));
  return { needs, recommendations: together(recommendations), setups: setupsOf(needs, recommendations) };
}

/** Where active-active runs for other data, what needs replicas only can live there as well. */
function together(recommendations: readonly Recommendation[]): Recommendation[] {
  const merged = recommendations.filter(({ architecture }) => architecture === "active-active").map(({ kind }) => kind);
  if (merged.length === 0) return [...recommendations];
  const hint = `active-active runs anyway, for ${merged.join(", ")}: there it needs no replicas of its own. Write it in one region all the same`;
  return recommendations.map((one) =>
    one.architecture === "active-passive" ? { ...one, mind: [...one.mind, hint] } : one,
  );
}

export function recommend(facts: Facts): Recommendation {
  const rule = rules.find(({ when }) => holds(when, facts));
  if (rule === undefined) throw new Error(`no rule for ${facts.kind}`);
  const { id, architecture } = rule;
  const text = (words: string): string => filled(words, facts);
  const shown = ({ title, is, alone }: Architecture) =>
    facts.regionCount === 1 ? (alone ?? { title, is }) : { title, is };
  const chosen = architectures.filter((one) => one.id === architecture).map(shown);
  return {
    kind: facts.kind,
    architecture,
    title: text(chosen.map(({ title }) => title).join("")),
    is: text(chosen.map(({ is }) => is).join("")),
    rule: id,
    why: text(rule.why),
    numbers: figures[architecture]
      .filter(({ when }) => holds(when ?? {}, facts))
      .map(({ what, value }) => ({ what: text(what), value: text(value) })),
    application: usages.filter(({ when }) => holds(when, facts, architecture)).flatMap(({ lines }) => lines.map(text)),
    mind: warnings.filter(({ when }) => holds(when, facts, architecture)).map((warning) => text(warning.text)),
    others: architectures
      .filter((other) => other.id !== architecture)
      .map((other) => ({
        architecture: other.id,
        title: shown(other).title,
        wrong: text(objections[other.id].find(({ when }) => holds(when, facts))?.text ?? ""),
      })),
    facts,
  };
}

/** Architectures that start with the same files share them. */
function setupsOf({ regions }: Needs, recommendations: readonly Recommendation[]): Setup[] {
  const setups: Setup[] = [];
  for (const architecture of new Set(recommendations.map((one) => one.architecture))) {
    const its = recommendations.filter((one) => one.architecture === architecture);
    const kinds = its.map(({ kind }) => kind);
    const lossless = its.some(({ facts }) => facts.lostWrites === "none" && facts.kind !== "cache");
    const files = its.slice(0, 1).flatMap(({ facts }) => setupFor(architecture, { regions, facts, kinds, lossless }));
    const same = setups.find((setup) => isDeepStrictEqual(setup.files, files));
    if (files.length === 0) continue;
    if (same === undefined) {
      setups.push({ architectures: [architecture], for: kinds, files });
    } else {
      same.architectures.push(architecture);
      same.for.push(...kinds);
    }
  }
  return setups;
}
