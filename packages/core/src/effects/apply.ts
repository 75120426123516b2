/** One operation made real, at home and everywhere else: the same code on both sides is why regions agree. */
import { host } from "../host.js";
import type { Author, Keep, Operation } from "../log/operation.js";
import type { Partition } from "../state/partition.js";
import type { Increment } from "../types/cell.js";
import { hashDeleteEffect, hashSetEffect, incrementField } from "./hash.js";
import { flushEffect } from "./flush.js";
import { deadlineEffect, deleteEffect, putEffect } from "./key.js";
import { incrementPlain } from "./plain.js";
import { setAddEffect, setRemoveEffect } from "./set.js";
import { amendEffect, incrementString, setEffect } from "./string.js";

/** Applies the operation; a count where the command's reply is one (added, removed), else 0. */
export function applyOperation(partition: Partition, operation: Operation, author: Author): number {
  switch (operation[0]) {
    case "S":
      setEffect(partition, operation, author);
      return 0;
    case "A":
      amendEffect(partition, operation, author);
      return 0;
    case "I":
      incrementEffect(partition, operation, author);
      return 0;
    case "H":
      return hashSetEffect(partition, operation, author);
    case "R":
      return hashDeleteEffect(partition, operation, author);
    case "E":
      return setAddEffect(partition, operation, author);
    case "F":
      return setRemoveEffect(partition, operation, author);
    case "T":
      deadlineEffect(partition, operation, author);
      return 0;
    case "P":
      putEffect(partition, operation, author);
      return 0;
    case "Z":
      flushEffect(partition, operation, author);
      return 0;
    case "M":
      return host.call("PUBLISH", operation[1] as string, operation[2] as string) as number;
    default:
      return deleteEffect(partition, operation, author) ? 1 : 0;
  }
}

function incrementEffect(partition: Partition, operation: Operation, author: Author): void {
  if (incrementPlain(partition, operation, author)) return;
  const [, key, field, epoch, previousSum, previousStamp, sum, isFloat, keep] = operation as [
    string,
    string,
    string | false,
    number,
    string | false,
    number,
    string,
    number,
    Keep,
  ];
  const by: Increment = {
    epoch,
    previousSum: previousSum === false ? undefined : previousSum,
    previousStamp,
    sum,
    isFloat: isFloat === 1,
  };
  if (field === false) incrementString(partition, key, by, author, keep);
  else incrementField(partition, key, field, by, author, keep);
}
