/** What regions tell each other of the members, checked: it comes from the network. */
import { z } from "zod";
import { HOST_PORTS } from "../config/schema.js";
import { REGION_NAME } from "../config/region-name.js";
import { membersLimits } from "./limits.js";
import type { Members } from "./table.js";

const name = z.string().regex(REGION_NAME);
const link = z.string().regex(HOST_PORTS);
const count = z.int().min(0);

const change = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("add"), name, link }),
  z.strictObject({ kind: z.literal("remove"), name }),
  z.strictObject({ kind: z.literal("removed"), name }),
  z.strictObject({ kind: z.literal("joined"), name }),
  z.strictObject({ kind: z.literal("forget"), names: z.array(name).min(1).max(membersLimits.placesMax) }),
]);

const members = z.strictObject({
  table: z.strictObject({
    epoch: count,
    id: z.string().max(membersLimits.idLengthMax),
    places: z
      .array(
        z.strictObject({
          name,
          link,
          status: z.enum(["joining", "member", "leaving", "removed", "forgotten"]),
          sinceMs: count,
        }),
      )
      .min(1)
      .max(membersLimits.placesMax),
  }),
  pending: z
    .strictObject({
      id: z.string().min(1).max(membersLimits.idLengthMax),
      epoch: count,
      by: name,
      atMs: count,
      change,
    })
    .nullable(),
});

/** Throws a RangeError where it can't be read. */
export function readMembers(text: string): Members {
  try {
    return members.parse(JSON.parse(text));
  } catch (error) {
    throw new RangeError("no list of members", { cause: error });
  }
}
