/** A reply of a gateway, as it was read: bytes, and how much there was of what was cut. */
export type Reply =
  | { type: "text" | "error" | "integer" | "number" | "bignumber"; value: string }
  | { type: "boolean"; value: boolean }
  | { type: "null" }
  | { type: "bulk"; value: Buffer; size: number }
  | { type: "array" | "set" | "push" | "map"; items: Reply[]; size: number };

/** The rest is read and thrown away. */
export interface ReplyRoom {
  elements: number;
  textBytes: number;
  bytes: number;
}
