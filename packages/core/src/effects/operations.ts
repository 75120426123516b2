/** Every kind of operation by its code, and each made real: at home and everywhere else the same code, so regions agree. */
import type { Packed } from "../host.js";
import type { Author, Operation } from "../log/operation.js";
import { isArray } from "../log/shapes.js";
import type { Partition } from "../state/partition.js";
import { libraryOperations } from "../scripts/library-effect.js";
import { flushOperations } from "./flush.js";
import { foldOperations } from "./fold.js";
import { hashOperations } from "./hash.js";
import { incrementOperations } from "./increment.js";
import { keyOperations } from "./key.js";
import { listOperations } from "./list.js";
import { messageOperations } from "./message.js";
import type { OperationKind } from "./operation-kind.js";
import { setOperations } from "./set.js";
import { sketchOperations } from "./sketch.js";
import { sortedSetOperations } from "./sorted-set.js";
import { streamOperations } from "./stream.js";
import { stringOperations } from "./string.js";

const operations: Record<string, OperationKind | undefined> = {
  ...stringOperations,
  ...incrementOperations,
  ...hashOperations,
  ...setOperations,
  ...sortedSetOperations,
  ...streamOperations,
  ...listOperations,
  ...sketchOperations,
  ...keyOperations,
  ...flushOperations,
  ...messageOperations,
  ...libraryOperations,
  ...foldOperations,
};

/** Applies an operation whose shape is right; a count where the command's reply is one (added, removed), else 0. */
export function applyOperation(partition: Partition, operation: Operation, author: Author): number {
  return operations[operation[0] as string]!.apply(partition, operation, author);
}

/** True where the value is an operation as this version writes them. */
export function isOperation(value: Packed): boolean {
  if (!isArray(value)) return false;
  const code = value[0];
  const kind = typeof code === "string" ? operations[code] : undefined;
  return kind !== undefined && value.length === kind.length && kind.isRight(value);
}
