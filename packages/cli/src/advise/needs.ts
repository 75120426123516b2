/** What `meridian advise` is asked about: kinds of data and what each needs, the regions and how far they are apart. */
export const DATA_KINDS = ["cache", "session", "counter", "stock", "balance", "flag", "leaderboard", "queue"] as const;
/** Of acknowledged writes, when a server or a whole region fails: none, those of the last seconds, or whatever is there. */
export const LOST_WRITES = ["none", "seconds", "any"] as const;
/** low: as few servers as will do; medium: a server in each region; high: a database across regions as well. */
export const BUDGETS = ["low", "medium", "high"] as const;
/** In which regions the application writes it. */
export const WRITTEN_IN = ["one", "all"] as const;

export type DataKind = (typeof DATA_KINDS)[number];
export type LostWrites = (typeof LOST_WRITES)[number];
export type Budget = (typeof BUDGETS)[number];
export type WrittenIn = (typeof WRITTEN_IN)[number];
export type Basis = "given" | "measured" | "assumed";

export interface RoundTrip {
  a: string;
  b: string;
  ms: number;
  basis: Basis;
}

export interface DataNeeds {
  kind: DataKind;
  /** Of a hundred requests so many are reads. */
  readsPercent: number;
  /** How old may be what a read shows; null: as old as it likes. */
  stalenessMs: number | null;
  lostWrites: LostWrites;
  writtenIn: WrittenIn;
  /** Which of these nobody said. */
  assumed: string[];
}

export interface Needs {
  regions: string[];
  /** Of each pair, once. */
  roundTrips: RoundTrip[];
  /** What a request may wait for another region; null: nobody said. */
  latencyMs: number | null;
  /** Of a running deployment: the greatest 99th percentile from a write to its place in another region. */
  copyDelayMs: number | null;
  budget: Budget;
  data: DataNeeds[];
}

type Defaults = Omit<DataNeeds, "kind" | "assumed">;

/** What is usual for a kind, taken where nothing is said. */
export const kindDefaults: Readonly<Record<DataKind, Defaults>> = {
  cache: { readsPercent: 90, stalenessMs: 60_000, lostWrites: "any", writtenIn: "all" },
  session: { readsPercent: 80, stalenessMs: 2_000, lostWrites: "seconds", writtenIn: "all" },
  counter: { readsPercent: 50, stalenessMs: 2_000, lostWrites: "seconds", writtenIn: "all" },
  stock: { readsPercent: 90, stalenessMs: 2_000, lostWrites: "seconds", writtenIn: "all" },
  balance: { readsPercent: 70, stalenessMs: 0, lostWrites: "none", writtenIn: "all" },
  flag: { readsPercent: 99, stalenessMs: 5_000, lostWrites: "seconds", writtenIn: "one" },
  leaderboard: { readsPercent: 80, stalenessMs: 5_000, lostWrites: "seconds", writtenIn: "all" },
  queue: { readsPercent: 50, stalenessMs: null, lostWrites: "seconds", writtenIn: "all" },
};
