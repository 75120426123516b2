/** Where something listens. */
import { z } from "zod";

export const port = z
  .number("a port number")
  .int("a port number")
  .min(0, "a port from 1 to 65535")
  .max(65_535, "a port from 1 to 65535");
export const host = z.string("a host to listen on").min(1, "a host to listen on");
