/** What a server says that it is. */
import { addressText, type Address } from "../address.js";
import type { Asker, Silence } from "./asker.js";

export interface Seen {
  readonly address: Address;
  readonly role: "primary" | "replica" | Silence;
  /** Of one that says nothing. */
  readonly problem: string;
}

export async function seeRole(asker: Asker, address: Address): Promise<Seen> {
  const answer = await asker.ask(address, (redis) => redis.call("ROLE"));
  if ("problem" in answer) {
    return { address, role: answer.why, problem: answer.problem };
  }
  const role: unknown = Array.isArray(answer.value) ? answer.value[0] : undefined;
  if (role === "master") return { address, role: "primary", problem: "" };
  if (role === "slave") return { address, role: "replica", problem: "" };
  return { address, role: "silent", problem: `ROLE says ${JSON.stringify(role)}` };
}

/** As a person reads it. */
export function seenText({ address, role, problem }: Seen): string {
  const isSaid = role === "primary" || role === "replica";
  return `${addressText(address)} ${isSaid ? `is a ${role}` : `does not say (${problem})`}`;
}
