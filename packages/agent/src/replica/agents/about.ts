/** What an agent says about itself with each sign of life, and what a sign of life is answered. */
import type { GroupSet } from "../../link/index.js";
import type { AgentSeen, BeatAnswer } from "./lease.js";

export interface AgentAbout {
  readonly admin: string | null;
  readonly link: string | null;
  readonly machine: string | null;
  readonly pid: number;
  /** Groups of which it does not reach all slots; those of which the first slot, with the place, has not answered for a while. */
  readonly unreached?: GroupSet;
  readonly silent?: GroupSet;
}

/** Of an agent of another version, perhaps. */
export function aboutOf(text: string): Partial<AgentAbout> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

export function answerOf(reply: unknown): BeatAnswer & { told: string } {
  if (!Array.isArray(reply) || reply.length < 5) throw new RangeError("no reply to a sign of life");
  const [holder, wasLeft, serial, told, flat] = reply as [string, number, string, string, unknown[]];
  const agents: AgentSeen[] = [];
  for (let at = 0; at + 2 < flat.length; at += 3) {
    agents.push({ id: String(flat[at]), about: String(flat[at + 1]), agoMs: Number(flat[at + 2]) });
  }
  return { holder, wasLeft: Number(wasLeft) === 1, serial, told, agents };
}
