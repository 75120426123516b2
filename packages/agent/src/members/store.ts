/**
 * The members as the region's server keeps them, beside the data. Changes name the revision they are made upon.
 *
 * Where partitions are hash slots, the list is that of the control partition, and it is told here only when all others follow it:
 * what is done upon it holds for every slot. At a start slots may be down; they follow before they are up.
 */
import type { Engine } from "@meridian/engine";
import { readMembers } from "./members-text.js";
import { goneOf, textOfMembers, type Members } from "./table.js";

/** Why the region takes no writes; "": it does. */
export type Closed = "" | "joining" | "leaving" | "left" | "forgotten";

export interface Stored {
  readonly revision: string;
  /** Undefined: nothing was agreed upon yet. */
  readonly members: Members | undefined;
  readonly closed: Closed;
}

export class MembersStore {
  private wasRead = false;

  constructor(private readonly engine: Engine) {}

  async read(): Promise<Stored> {
    const reply = await this.engine.call("members");
    if (!Array.isArray(reply) || reply.length < 5) throw new RangeError("no reply to members");
    const isFirst = !this.wasRead;
    this.wasRead = true;
    await this.engine.slots?.follow(reply).catch((error: unknown) => {
      if (!isFirst) throw error;
    });
    const [revision, text, , , closed] = reply as string[];
    return {
      revision: revision!,
      members: text === "" ? undefined : readMembers(text!),
      closed: closed as Closed,
    };
  }

  /** False: somebody else changed it since that revision. */
  async write(revision: string, members: Members, closed: Closed): Promise<boolean> {
    const places = members.table.places.map(({ name }) => name).join(",");
    const gone = [...goneOf(members.table).keys()].join(",");
    const text = textOfMembers(members);
    const reply = await this.engine.call("members", revision, text, places, gone, closed);
    return Array.isArray(reply) && reply[0] === "ok";
  }
}
