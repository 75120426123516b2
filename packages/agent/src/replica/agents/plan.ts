/**
 * Which agent is to hold each group of slots, from what one agent knows. Every agent computes it for itself: who sees the same comes to
 * the same answer, and who sees less is corrected with the next signs of life. Pure.
 *
 * 1. Agents have equally many groups, or one more than others; nothing moves that need not, so the plan of a plan is the plan.
 * 2. Nobody gets a group whose slots it does not reach while another agent does.
 */
import { GROUPS, groupsIn, hasGroup, type GroupSet } from "../../link/index.js";

export interface LiveAgent {
  readonly id: string;
  /** It does not reach all slots of these. */
  readonly unreached: GroupSet;
}

/** `holders`: of each group, "" where it is nobody or not known. The same of whom each is to be; "" where nobody lives. */
export function planGroups(holders: readonly string[], live: readonly LiveAgent[]): string[] {
  const agents = live.toSorted((one, other) => (one.id < other.id ? -1 : 1));
  if (agents.length === 0) return Array<string>(GROUPS).fill("");
  const fitFor = Array.from({ length: GROUPS }, (_, group) => fitAgents(agents, group));
  const plan = holders.map((id, group) => (fitFor[group]!.includes(id) ? id : ""));
  const countOf = (id: string): number => plan.filter((one) => one === id).length;
  const leastOf = (ids: readonly string[]): string =>
    ids.reduce((one, other) => (countOf(other) < countOf(one) ? other : one));
  for (const [group, id] of plan.entries()) if (id === "") plan[group] = leastOf(fitFor[group]!);
  for (let moved = true; moved;) {
    moved = false;
    for (let group = GROUPS - 1; group >= 0 && !moved; group--) {
      const [from, to] = [plan[group]!, leastOf(fitFor[group]!)];
      if (countOf(from) !== Math.max(...agents.map(({ id }) => countOf(id))) || countOf(from) < countOf(to) + 2)
        continue;
      plan[group] = to;
      moved = true;
    }
  }
  return plan;
}

/** Those that it holds and another is to have. */
export function groupsToLeave(id: string, plan: readonly string[], held: GroupSet): number[] {
  return groupsIn(held).filter((group) => plan[group] !== id && plan[group] !== "");
}

/** Those that reach it; all, where nobody does. */
function fitAgents(agents: readonly LiveAgent[], group: number): string[] {
  const fit = agents.filter(({ unreached }) => !hasGroup(unreached, group));
  return (fit.length === 0 ? agents : fit).map(({ id }) => id);
}
