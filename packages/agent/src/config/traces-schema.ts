/** `traces` of meridian.yaml: which writes are followed through all regions, and where what is seen of them goes. */
import { z } from "zod";

const ENDPOINT = "http://host:port/v1/traces, where a collector takes OTLP over HTTP";
const SAMPLE_RATE_DEFAULT = 0.01;
const RATE = "a part of all writes, from 0 to 1";

export const tracesSchema = z.strictObject({
  endpoint: z.string(ENDPOINT).regex(/^https?:\/\/[^\s/@?#]+\/\S*$/, ENDPOINT),
  sampleRate: z.number(RATE).min(0, RATE).max(1, RATE).default(SAMPLE_RATE_DEFAULT),
});
