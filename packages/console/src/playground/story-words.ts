/** What the story of a conflict is called. Pure. */
import type { Story, StoryRule, StoryWrite } from "@meridian/agent/api";

const OUTCOMES: Readonly<Record<StoryWrite["outcome"], string>> = {
  won: "shows",
  kept: "kept beside",
  counted: "counted",
  merged: "is part of it",
  removed: "removed what it saw",
  overwritten: "overwritten by one that saw it",
};

/** An expiry that is not the longest was not seen by the one that is. */
export function outcomeText({ outcome }: Pick<StoryWrite, "outcome">, rule: StoryRule): string {
  if (rule === "expiry" && outcome === "overwritten") return "gives way";
  return OUTCOMES[outcome];
}

const TITLES: Readonly<Record<StoryRule, string>> = {
  register: "The later write shows",
  sum: "Increments sum",
  "add-wins": "The add wins",
  "all-stay": "All of them stay",
  "delete-update": "The delete removed what it saw",
  expiry: "The longest life wins",
  clash: "Two types: the newest shows",
  union: "Both are in it",
  merge: "Both are in it",
};

export function titleOf({ rule, kept }: Pick<Story, "rule" | "kept">): string {
  const rest = kept.length === 0 ? "" : kept.length === 1 ? ", the other is kept" : `, ${kept.length} others are kept`;
  return `${TITLES[rule]}${rest}`;
}
