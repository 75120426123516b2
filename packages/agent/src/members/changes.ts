/** What speaks against a change of the members, and how changes are called. */
import { AgentError } from "../errors.js";
import { membersLimits } from "./limits.js";
import type { Closed } from "./store.js";
import { placeOf, votersOf, type Change, type Members } from "./table.js";

export interface ChangeSubject {
  readonly own: string;
  readonly mine: Members;
  readonly closed: Closed;
  readonly isLinked: (peer: string) => boolean;
}

/** "done": there is nothing to do, or it is under way. */
export function refusalOfChange(subject: ChangeSubject, change: Change): AgentError | "done" | undefined {
  const { own, mine, closed } = subject;
  const { pending } = mine;
  if (pending !== null && changeText(pending.change) === changeText(change)) return "done";
  const refusal = refusalBy(subject, change);
  if (refusal !== undefined) return refusal;
  const isNone = placeOf(mine.table, own)?.status === "joining" || (change.kind !== "removed" && closed !== "");
  if (isNone) return new AgentError("MERIDIAN_NOTMEMBER", { region: own });
  // Nothing can be agreed upon with a dead region: to forget it goes first.
  if (pending === null || (change.kind === "forget" && pending.change.kind !== "forget")) return undefined;
  return new AgentError("MERIDIAN_CHANGEUNDERWAY", {
    change: changeText(pending.change),
    by: pending.by,
    regions: [pending.by, ...votersOf(mine.table, pending)].filter((name) => name !== own).join(", "),
  });
}

function refusalBy({ own, mine: { table }, isLinked }: ChangeSubject, change: Change): AgentError | "done" | undefined {
  const regions = table.places.map(({ name }) => name).join(", ");
  switch (change.kind) {
    case "add": {
      const place = placeOf(table, change.name);
      if (place === undefined) {
        if (table.places.length < membersLimits.placesMax) return undefined;
        return new AgentError("MERIDIAN_TOOMANYREGIONS", { max: membersLimits.placesMax });
      }
      const isThere = place.status === "member" || place.status === "joining";
      if (isThere && place.link === change.link) return "done";
      return new AgentError("MERIDIAN_NAMEUSED", { region: change.name, status: place.status });
    }
    case "remove": {
      const place = placeOf(table, change.name);
      if (place === undefined) return new AgentError("MERIDIAN_NOREGION", { region: change.name, regions });
      if (place.status === "leaving" || place.status === "removed") return "done";
      if (place.status === "forgotten") {
        return new AgentError("MERIDIAN_NAMEUSED", { region: change.name, status: place.status });
      }
      const rest = table.places.filter(({ name, status }) => status === "member" && name !== change.name);
      return rest.length > 0 ? undefined : new AgentError("MERIDIAN_LASTREGION", { region: change.name });
    }
    case "removed":
      return placeOf(table, change.name)?.status === "removed" ? "done" : undefined;
    case "joined":
      return placeOf(table, change.name)?.status === "joining" ? undefined : "done";
    case "forget": {
      const places = change.names.map((name) => placeOf(table, name));
      const missing = change.names.find((_name, at) => places[at] === undefined);
      if (missing !== undefined) return new AgentError("MERIDIAN_NOREGION", { region: missing, regions });
      if (places.every((place) => place?.status === "forgotten" || place?.status === "removed")) return "done";
      if (change.names.includes(own)) return new AgentError("MERIDIAN_FORGETSELF", { region: own });
      const alive = change.names.find(isLinked);
      return alive === undefined ? undefined : new AgentError("MERIDIAN_REGIONALIVE", { region: alive });
    }
  }
}

export function changeText(change: Change): string {
  switch (change.kind) {
    case "add":
      return `add ${change.name} at ${change.link}`;
    case "remove":
      return `remove ${change.name}`;
    case "joined":
      return `take ${change.name} in`;
    case "removed":
      return `let ${change.name} go`;
    case "forget":
      return `forget ${change.names.toSorted().join(", ")}`;
  }
}
