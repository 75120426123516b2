/** Sets: a member lives while one of its adds does. */
import { oneOf, type Piece, type TypeRule } from "./pieces.js";

const member = (field: string): Piece => ({ kind: "member", type: "e", field });

export const setRule: TypeRule = {
  code: "e",
  name: "set",
  operations: {
    E: ([members, keep]) => ({ pieces: (members as string[]).map(member), takes: oneOf(members as string[]), keep }),
    F: ([members, emptied, keep]) => ({ pieces: [], takes: oneOf(members as string[]), keep, emptied: emptied === 1 }),
  },
  put: (value) => (value as string[]).map(member),
  value: (pieces) => [...new Set(pieces.map(({ piece }) => ("field" in piece ? piece.field : "")))].sort(),
};
