/**
 * The primary of a list of servers, by what each says of itself (ROLE). Nobody arbitrates here, so:
 *
 * 1. The one in use stays in use while it says that it is a primary, whoever else says so; and while it says nothing and no
 *    other one says so.
 * 2. One that says that it is a replica is left at once.
 * 3. Of two that say that they are primaries, and are not in use, none is taken: a person must say which.
 */
import { addressText, type Address } from "../address.js";
import type { Finding } from "../requirements.js";
import { Asker } from "./asker.js";
import { seenText, seeRole, type Seen } from "./role.js";
import { isSame, type Search, type Verdict } from "./search.js";

const REMEDY = "make all but one replicas of it (REPLICAOF host port)";

export class ListSearch implements Search {
  readonly text: string;
  private readonly asker = new Asker();
  private rivals: readonly Address[] = [];

  constructor(private readonly servers: readonly Address[]) {
    this.text = servers.map(addressText).join(",");
  }

  async look(current: Address | undefined): Promise<Verdict> {
    const seen = await Promise.all(this.servers.map((server) => seeRole(this.asker, server)));
    const verdict = decide(current, seen);
    const used = verdict.kind === "use" ? verdict.address : verdict.kind === "stay" ? current : undefined;
    this.rivals = seen
      .filter(({ role, address }) => role === "primary" && used !== undefined && !isSame(address, used))
      .map(({ address }) => address);
    return verdict;
  }

  findings(): Finding[] {
    if (this.rivals.length === 0) return [];
    const named = this.rivals.map(addressText).join(" and ");
    const message = `${named} says that it is a primary too; it is not used, and what is written there is in no other region: ${REMEDY}`;
    return [{ code: "PRIMARIES", severity: "error", message }];
  }

  stop(): void {
    this.asker.stop();
  }
}

export function decide(current: Address | undefined, seen: readonly Seen[]): Verdict {
  const primaries = seen.filter(({ role }) => role === "primary").map(({ address }) => address);
  const own = seen.find(({ address }) => isSame(address, current));
  if (own?.role === "primary") return { kind: "use", address: own.address };
  const [only] = primaries;
  if (only !== undefined && primaries.length === 1) return { kind: "use", address: only };
  const why = (["loading", "refused"] as const).find((state) => seen.some(({ role }) => role === state)) ?? "silent";
  const kind = own === undefined || own.role === "replica" ? "none" : "stay";
  const remedy = primaries.length > 1 ? REMEDY : "start the primary, or promote one (REPLICAOF NO ONE)";
  return { kind, why, problem: `${seen.map(seenText).join(", ")}; ${remedy}` };
}
