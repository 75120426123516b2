/** What the console is of: one agent, with others where it reaches them, or a local start. */
import type { StatusDocument } from "../documents.js";
import type { AccessOptions } from "./access.js";
import type { ConsoleActions, ServersDocument, ServersRequest } from "./documents.js";
import type { DoorOptions } from "./door.js";
import type { RegionAnswer, RegionQuestion } from "./questions.js";

export interface ConsoleSource {
  kind: "agent" | "local";
  access: AccessOptions;
  actions: ConsoleActions;
  /** In their order. */
  regions: () => readonly AskedRegion[];
  /** Of all of them. */
  status(): Promise<StatusDocument>;
  /** Of a local start. */
  servers?: (request: ServersRequest) => Promise<ServersDocument>;
}

export interface AskedRegion {
  readonly region: string;
  readonly reach: "own" | "peer" | "none";
  ask<Q extends RegionQuestion>(question: Q): Promise<RegionAnswer<Q>>;
  /** How its gateway is reached; rejects with MERIDIAN_NOGATEWAY. Of a peer: never. */
  door(): Omit<DoorOptions, "room" | "region">;
  /** The same request to the agent of a peer; undefined: the region is answered for here. */
  forward?: (path: string, body: unknown) => Promise<unknown>;
}
