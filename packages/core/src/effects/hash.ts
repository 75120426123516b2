/** Hashes: H and R. Each field is a cell (effects/fields.ts). */
import { callInPieces, host, readInPieces } from "../host.js";
import { areFieldResets, areFieldValues, isArray, isInteger, isKeep, isText } from "../log/shapes.js";
import { fieldKind } from "./field-kind.js";
import { removeFieldsEffect, setFieldsEffect, type FieldFamily } from "./fields.js";
import type { OperationKind } from "./operation-kind.js";

export const hashFamily: FieldFamily = {
  code: "h",
  name: "hash",
  readNative: (native, fields) => readInPieces("HMGET", native, fields),
  writeNative: (native, pairs) => callInPieces("HSET", native, pairs),
  removeNative: (native, fields) => callInPieces("HDEL", native, fields),
  readAll: (native) => host.call("HGETALL", native) as string[],
  isText: () => true,
};

export const hashKind = fieldKind(hashFamily);

export const hashOperations: Record<string, OperationKind> = {
  H: {
    length: 4,
    isRight: (o) => isText(o[1]) && isArray(o[2]) && areFieldValues(o[2]) && isKeep(o[3]),
    apply: (partition, operation, author) => setFieldsEffect(partition, hashFamily, operation, author),
  },
  R: {
    length: 5,
    isRight: (o) => isText(o[1]) && isArray(o[2]) && areFieldResets(o[2]) && isInteger(o[3]) && isKeep(o[4]),
    apply: (partition, operation, author) => removeFieldsEffect(partition, hashFamily, operation, author),
  },
};
