/** The agents of a region as the rest of it sees them, however they divide the work among themselves. */
export interface AgentPresence {
  readonly id: string;
  readonly role: "active" | "standby";
  /** Where partitions are hash slots: those that it replicates, as ranges such as "0-4095 8192-10239". */
  readonly slots?: string | undefined;
  /** host:port of its admin API; null: it has none, or did not say. */
  readonly admin: string | null;
  /** Since it was heard, by the server's clock. */
  readonly heardMs: number;
}

export interface Agents {
  readonly id: string;
  /** How many there are beside this one. */
  readonly others: number;
  /** Whether this one does what one alone is to do. */
  readonly isActive: boolean;
  /** What the others told, each of its own work. */
  readonly told: readonly string[];
  /** Those that were heard lately, this one first. */
  list(): readonly AgentPresence[];
  /** Until this agent knows where it stands, or the server does not say. */
  start(): Promise<void>;
  /** Another may take over at once. */
  stop(): Promise<void>;
}
