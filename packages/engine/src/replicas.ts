/** The replicas of a server, as its INFO lists them. */
import type { ServerInfo } from "./info.js";

export interface ServerReplica {
  /** host:port. */
  readonly address: string;
  /** `online` once it has a copy and is given every write. */
  readonly state: string;
  /** Of the replication stream: what it has acknowledged, once a second. */
  readonly offset: number;
  /** Since it was last heard of. */
  readonly silentSeconds: number;
}

export function replicasIn(info: ServerInfo): ServerReplica[] {
  const replicas: ServerReplica[] = [];
  for (const [name, value] of info) {
    if (!/^slave\d+$/.test(name)) continue;
    const fields = new Map(value.split(",").map((field) => field.split("=") as [string, string | undefined]));
    replicas.push({
      address: `${fields.get("ip") ?? "?"}:${fields.get("port") ?? "?"}`,
      state: fields.get("state") ?? "?",
      offset: Number(fields.get("offset") ?? "0"),
      silentSeconds: Number(fields.get("lag") ?? "0"),
    });
  }
  return replicas;
}
