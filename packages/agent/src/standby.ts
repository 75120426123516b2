/** What only the active agent of a region can do is refused by the others, with where to go. */
import { AgentError } from "./errors.js";
import type { Replication } from "./services.js";

export function refuseOnStandby(region: string, replication: Pick<Replication, "agents">): void {
  const agents = replication.agents();
  if (agents[0]?.role !== "standby") return;
  const active = agents.find(({ role }) => role === "active");
  const place = active?.admin ?? undefined;
  const where = place === undefined ? "that one" : `its admin API at ${place}`;
  const text = active === undefined ? "again in some seconds, when one has taken over" : `${active.id} (${where})`;
  throw new AgentError("MERIDIAN_STANDBY", { region, active: text });
}
