/** Messages: M and m. Delivered where they pass, kept nowhere; at most once. */
import { host } from "../host.js";
import { isText } from "../log/shapes.js";
import type { OperationKind } from "./operation-kind.js";

function messageKind(command: string): OperationKind {
  return {
    length: 3,
    isRight: (o) => isText(o[1]) && isText(o[2]),
    apply: (_partition, operation) => host.call(command, operation[1] as string, operation[2] as string) as number,
  };
}

export const messageOperations: Record<string, OperationKind> = {
  M: messageKind("PUBLISH"),
  m: messageKind("SPUBLISH"),
};
