/**
 * What an agent that replicates nothing can't do, and what one agent alone does for its region (where several share hash slots, the one
 * that has the control slot), is refused by the others, with where to go.
 */
import { CONTROL_SLOT } from "@meridian/core";
import { AgentError } from "./errors.js";
import type { AgentPresence } from "./replica/index.js";
import type { Replication } from "./services.js";

type Known = Pick<Replication, "agents">;

export function refuseOnStandby(region: string, replication: Known): void {
  const agents = replication.agents();
  if (agents[0]?.role !== "standby") return;
  refuse(
    region,
    agents.find(({ role }) => role === "active"),
  );
}

export function refuseUnlessFirst(region: string, replication: Known): void {
  const agents = replication.agents();
  const first = agents.find(isFirst);
  if (first === undefined || first !== agents[0]) refuse(region, first);
}

function isFirst({ role, slots }: AgentPresence): boolean {
  if (slots === undefined) return role === "active";
  return slots.split(" ").some((range) => {
    const [from = -1, to = -1] = range === "" ? [] : range.split("-").map(Number);
    return from <= CONTROL_SLOT && CONTROL_SLOT <= to;
  });
}

function refuse(region: string, other: AgentPresence | undefined): never {
  const where = other?.admin === null ? "that one" : `its admin API at ${other?.admin}`;
  const text = other === undefined ? "again in some seconds, when one has taken over" : `${other.id} (${where})`;
  throw new AgentError("MERIDIAN_STANDBY", { region, active: text });
}
