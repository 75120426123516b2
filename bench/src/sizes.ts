/**
 * How much is measured: full for results, quick to see in some minutes whether something went astray. The numbers of
 * a quick run are noisier; nothing is written to docs/ from it. Tiny is for the test of the harness.
 */
export interface Sizes {
  readonly rounds: number;
  /** Distinct keys of loads. */
  readonly keys: number;
  /** Requests of one load, by how many are pipelined. */
  readonly requestsLone: number;
  readonly requestsPipelined: number;
  /** Before each part's first round: the gateway's code is compiled as it runs. */
  readonly warmUp: number;
  readonly lagProbes: number;
  readonly lagRate: number;
  /** Lone requests over the emulated WAN, of each kind in each place. */
  readonly wanProbes: number;
  /** Operations whose bytes on the wire are counted. */
  readonly wireOperations: number;
  /** Of the workloads whose backlog is measured, the first so many. */
  readonly backlogWorkloads: number;
  readonly applyEntries: number;
  readonly memoryItems: number;
  /** Elements of a list; divisible by four. */
  readonly listSizes: readonly number[];
  /** Members of a sorted set, entries of a stream; divisible by two. */
  readonly valueSizes: readonly number[];
  /** Hash slots that are written to, writes to them, and writes a second while lag is measured. */
  readonly activeSlots: readonly number[];
  readonly slotWrites: number;
  readonly slotRate: number;
  /** Of the clusters that the same writes go to. */
  readonly clusterNodes: readonly number[];
  /** Members of the one large set. */
  readonly setMembers: number;
}

const full: Sizes = {
  rounds: 3,
  keys: 100_000,
  requestsLone: 60_000,
  requestsPipelined: 200_000,
  warmUp: 10_000,
  lagProbes: 300,
  lagRate: 5_000,
  wanProbes: 60,
  wireOperations: 30_000,
  backlogWorkloads: 3,
  applyEntries: 100_000,
  memoryItems: 1_000_000,
  listSizes: [100, 1_000, 10_000, 100_000, 1_000_000],
  valueSizes: [1_000, 10_000, 100_000, 1_000_000],
  activeSlots: [1, 100, 16_384],
  clusterNodes: [1, 2, 3],
  slotWrites: 100_000,
  slotRate: 1_000,
  setMembers: 10_000_000,
};

const quick: Sizes = {
  rounds: 1,
  keys: 20_000,
  requestsLone: 20_000,
  requestsPipelined: 50_000,
  warmUp: 3_000,
  lagProbes: 60,
  lagRate: 5_000,
  wanProbes: 60,
  wireOperations: 10_000,
  backlogWorkloads: 3,
  applyEntries: 20_000,
  memoryItems: 50_000,
  listSizes: [100, 10_000, 100_000],
  valueSizes: [1_000, 100_000],
  activeSlots: [1, 100, 16_384],
  clusterNodes: [1, 2, 3],
  slotWrites: 32_768,
  slotRate: 1_000,
  setMembers: 1_000_000,
};

const tiny: Sizes = {
  rounds: 2,
  keys: 300,
  requestsLone: 300,
  requestsPipelined: 600,
  warmUp: 100,
  lagProbes: 5,
  lagRate: 500,
  wanProbes: 3,
  wireOperations: 300,
  backlogWorkloads: 1,
  applyEntries: 1_000,
  memoryItems: 2_000,
  listSizes: [100, 2_000],
  valueSizes: [1_000, 2_000],
  activeSlots: [1, 50],
  clusterNodes: [2],
  slotWrites: 300,
  slotRate: 200,
  setMembers: 20_000,
};

export const sizes = { full, quick, tiny } as const;
export type Scale = keyof typeof sizes;
