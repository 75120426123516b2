/** Increments: I of a string or a hash field, J of a sorted set's score. */
import { isIncrement, isKeep, isText, isTextOrFalse } from "../log/shapes.js";
import type { Author, Keep, Operation } from "../log/operation.js";
import type { Partition } from "../state/partition.js";
import type { Increment } from "../types/cell.js";
import { incrementField, type FieldFamily } from "./fields.js";
import { hashFamily } from "./hash.js";
import type { OperationKind } from "./operation-kind.js";
import { incrementPlain } from "./plain.js";
import { sortedSetFamily } from "./sorted-set.js";
import { incrementString } from "./string.js";

/** I key field epoch previousSum previousStamp sum isFloat keep */
function incrementEffect(partition: Partition, operation: Operation, author: Author): number {
  if (incrementPlain(partition, operation, author)) return 0;
  const field = operation[2] as string | false;
  if (field !== false) return fieldEffect(partition, operation, author, hashFamily);
  incrementString(partition, operation[1] as string, incrementOf(operation), author, operation[8] as Keep);
  return 0;
}

function fieldEffect(partition: Partition, operation: Operation, author: Author, family: FieldFamily): number {
  const [, key, field] = operation as [string, string, string];
  incrementField(partition, family, key, field, incrementOf(operation), author, operation[8] as Keep);
  return 0;
}

function incrementOf(operation: Operation): Increment {
  const [, , , epoch, previousSum, previousStamp, sum, isFloat] = operation as [
    string,
    string,
    string | false,
    number,
    string | false,
    number,
    string,
    number,
  ];
  return {
    epoch,
    previousSum: previousSum === false ? undefined : previousSum,
    previousStamp,
    sum,
    isFloat: isFloat === 1,
  };
}

export const incrementOperations: Record<string, OperationKind> = {
  I: {
    length: 9,
    isRight: (o) => isText(o[1]) && isTextOrFalse(o[2]) && isIncrement(o) && isKeep(o[8]),
    apply: incrementEffect,
  },
  J: {
    length: 9,
    isRight: (o) => isText(o[1]) && isText(o[2]) && isIncrement(o) && isKeep(o[8]),
    apply: (partition, operation, author) => fieldEffect(partition, operation, author, sortedSetFamily),
  },
};
