/** The parts of a run, in their order. */
export const partNames = ["throughput", "lag", "apply", "memory", "lists", "cpu"] as const;
export type PartName = (typeof partNames)[number];
