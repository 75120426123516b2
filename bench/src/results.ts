/** The raw data of a run, as it is kept beside the document: no host name, no path, no user. */
import { availableParallelism, loadavg } from "node:os";
import type { ServerBinary } from "@meridian/engine";
import type { ApplyMeasure } from "./parts/apply.js";
import type { ArchitectureMeasure } from "./parts/architectures.js";
import type { BacklogMeasure } from "./parts/backlog.js";
import type { LagMeasure } from "./parts/lag.js";
import type { LargeSetMeasure } from "./parts/large-set.js";
import type { LoadMeasure } from "./parts/loads.js";
import type { MemoryMeasure } from "./parts/memory.js";
import type { ShardsMeasure } from "./parts/shards.js";
import type { SlotsMeasure } from "./parts/slots.js";
import type { SizeMeasure } from "./parts/size-world.js";
import type { TotalCpuMeasure } from "./parts/total-cpu.js";
import type { WireMeasure } from "./parts/wire.js";
import type { Scale, Sizes } from "./sizes.js";

export interface Machine {
  readonly cores: number;
  readonly node: string;
  readonly server: string;
  readonly loadGenerator: string;
}

export interface Results {
  readonly date: string;
  readonly machine: Machine;
  readonly scale: Scale;
  readonly sizes: Sizes;
  readonly aof: boolean;
  readonly seconds: number;
  /** Of one minute, of the whole machine. */
  readonly loadAverage: { readonly before: number; readonly after: number };
  readonly throughput?: readonly LoadMeasure[];
  readonly gateway?: readonly LoadMeasure[];
  readonly lag?: readonly LagMeasure[];
  readonly wire?: readonly WireMeasure[];
  readonly backlog?: readonly BacklogMeasure[];
  readonly slots?: readonly SlotsMeasure[];
  readonly shards?: readonly ShardsMeasure[];
  readonly apply?: readonly ApplyMeasure[];
  readonly memory?: readonly MemoryMeasure[];
  readonly lists?: readonly SizeMeasure[];
  readonly zsets?: readonly SizeMeasure[];
  readonly streams?: readonly SizeMeasure[];
  readonly set?: LargeSetMeasure;
  readonly cpu?: readonly TotalCpuMeasure[];
  readonly architectures?: readonly ArchitectureMeasure[];
}

export function machineOf({ kind, version }: ServerBinary, loadGenerator: string): Machine {
  return {
    cores: availableParallelism(),
    node: process.versions.node,
    server: `${kind} ${version}`,
    loadGenerator,
  };
}

export function loadAverage(): number {
  return Number((loadavg()[0] ?? 0).toFixed(2));
}
