/** What the core must know of a kind of operation: its shape on the wire, and what it does. Listed in operations.ts. */
import type { Packed } from "../host.js";
import type { Author, Operation } from "../log/operation.js";
import type { Partition } from "../state/partition.js";

export interface OperationKind {
  /** Elements, with the code. */
  readonly length: number;
  /** Checked to the last element: an operation that fails half-way would leave half of itself behind. */
  readonly isRight: (this: void, operation: Packed[]) => boolean;
  /** A count where the command's reply is one (added, removed), else 0. */
  readonly apply: (this: void, partition: Partition, operation: Operation, author: Author) => number;
}
