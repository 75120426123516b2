/** What a server says that it is. */
import { addressText, type Address } from "../address.js";
import type { Asker } from "./asker.js";

export interface Seen {
  readonly address: Address;
  /** `loading`: it will say so later. */
  readonly role: "primary" | "replica" | "loading" | "unknown";
  /** Of one that says nothing. */
  readonly problem: string;
}

export async function seeRole(asker: Asker, address: Address): Promise<Seen> {
  const answer = await asker.ask(address, (redis) => redis.call("ROLE"));
  if ("problem" in answer) {
    const { problem } = answer;
    return { address, role: problem.startsWith("LOADING") ? "loading" : "unknown", problem };
  }
  const role: unknown = Array.isArray(answer.value) ? answer.value[0] : undefined;
  if (role === "master") return { address, role: "primary", problem: "" };
  if (role === "slave") return { address, role: "replica", problem: "" };
  return { address, role: "unknown", problem: `ROLE says ${JSON.stringify(role)}` };
}

/** As a person reads it. */
export function seenText({ address, role, problem }: Seen): string {
  const text = { primary: "is a primary", replica: "is a replica", loading: "is loading its data", unknown: problem };
  return `${addressText(address)} ${role === "unknown" ? `does not say (${problem})` : text[role]}`;
}
