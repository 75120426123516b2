/** How much the agent logs, and for whom. */
import { z } from "zod";
import { LOG_FORMATS, LOG_LEVELS } from "../logger.js";

const choice = <Names extends readonly [string, ...string[]]>(names: Names) => {
  const wanted = `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
  return z.enum(names, wanted).optional();
};

export const logSchema = z.strictObject({ level: choice(LOG_LEVELS), format: choice(LOG_FORMATS) });
