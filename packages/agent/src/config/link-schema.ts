/** The links' part of meridian.yaml: where this agent listens for others, and what links to them may do. */
import { z } from "zod";
import { BANDWIDTH_WANTED, parseBandwidth } from "./bandwidth.js";
import { host, port } from "./network.js";

const file = z.string("a file").min(1, "a file");

/** Stays text: that is what people read again. */
const bandwidth = z.string(BANDWIDTH_WANTED).refine((text) => parseBandwidth(text) !== undefined, BANDWIDTH_WANTED);

export const linkSchema = z.strictObject({
  host,
  port,
  compression: z.enum(["on", "off"], "on or off").optional(),
  /** Of what is sent to each other region. */
  bandwidth: bandwidth.optional(),
  /** The same for one, by its name. */
  peerBandwidth: z.record(z.string(), bandwidth, "names of regions, each with a bandwidth").optional(),
  tls: z.strictObject({ cert: file, key: file, ca: file }, "the files cert, key and ca").optional(),
});

export const namespace = z
  .string("a name")
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/, "a name of letters, digits, '-' and '_', such as production");
