/** How long logs are kept for regions that are away, and what their catching up by state may use. */
import { z } from "zod";
import { BANDWIDTH_WANTED, parseBandwidth } from "./bandwidth.js";

const LOG_BYTES_LEAST = 1024 * 1024;
const LOG_BYTES_MOST = 2 ** 50;
const logBytes = `a number of bytes, at least ${LOG_BYTES_LEAST}`;

export const retentionSchema = z.strictObject({
  /** Of all logs of the region's server together; beyond it they are not kept for regions that are away. */
  logBytesMax: z.int(logBytes).min(LOG_BYTES_LEAST, logBytes).max(LOG_BYTES_MOST, logBytes).optional(),
});

export const stateSyncSchema = z.strictObject({
  /** Of all that is given away of this region's state; stays text: that is what people read again. */
  bandwidth: z
    .string(BANDWIDTH_WANTED)
    .refine((text) => parseBandwidth(text) !== undefined, BANDWIDTH_WANTED)
    .optional(),
});
