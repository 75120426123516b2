/**
 * meridian.yaml, the configuration of one region's agent. Strict: a key that is not known is an error, for a setting
 * that is misspelt and passed over is worse than a refusal.
 */
import { z } from "zod";
import { adminSchema } from "./admin-schema.js";
import { gatewaySchema } from "./gateway-schema.js";
import { linkSchema, namespace } from "./link-schema.js";
import { logSchema } from "./log-schema.js";
import { checkMode, passiveSchema } from "./passive-schema.js";
import { REGION_NAME } from "./region-name.js";
import { retentionSchema, stateSyncSchema } from "./retention-schema.js";
import { serverSchema } from "./server-schema.js";
import { tracesSchema } from "./traces-schema.js";

export const HOST_PORT = /^(\[[0-9a-fA-F:]+\]|[^\s:]+):(\d{1,5})$/;

/** Of each agent of a region, with commas between. */
export const HOST_PORTS = new RegExp(`^${HOST_PORT.source.slice(1, -1)}(,${HOST_PORT.source.slice(1, -1)})*$`);

const regionName = z
  .string("a name")
  .regex(REGION_NAME, "a name of letters, digits, '-', '_' and '.', such as eu-west-1");
const hostPort = z.string("host:port").regex(HOST_PORT, "host:port, such as 10.1.0.4:7301");
/** Of the region's agent, or of each of several. */
const linkAddress = z.union([hostPort, z.array(hostPort).min(1, "at least one host:port")]);

export const configSchema = z
  .strictObject({
    /** Whether all regions take writes, or one does and the others follow it. */
    mode: z.enum(["active-active", "active-passive"], "active-active or active-passive").optional(),
    activePassive: passiveSchema.optional(),
    /** Of the deployment: agents of two different ones refuse each other. */
    namespace: namespace.optional(),
    /** The region of this agent. */
    region: regionName,
    /** All regions, the same list in the same order in every agent: of equal stamps the first listed wins. */
    regions: z
      .array(
        z.strictObject({ name: regionName, link: linkAddress, server: hostPort.optional() }),
        "a list of {name, link}",
      )
      .min(1, "at least one region"),
    /** The region was added to others that are there already: its list is theirs, and its server begins empty. */
    join: z.boolean("true or false").optional(),
    /** What of the data one log is kept for, the same in all regions: all of it, or a hash slot. Default: as the server demands. */
    partitions: z.enum(["whole", "slots"], "whole or slots").optional(),
    server: serverSchema,
    gateway: gatewaySchema,
    /** Where the other regions' agents reach this one, and how. */
    link: linkSchema,
    retention: retentionSchema.optional(),
    stateSync: stateSyncSchema.optional(),
    /** What the agent writes to stderr. */
    log: logSchema.optional(),
    admin: adminSchema,
    /** Of sampled writes, for OpenTelemetry; without it there are none. */
    traces: tracesSchema.optional(),
  })
  .superRefine((config, context) => {
    const names = config.regions.map(({ name }) => name);
    names.forEach((name, index) => {
      if (names.indexOf(name) !== index) {
        context.addIssue({
          code: "custom",
          path: ["regions", index, "name"],
          message: "a name that is not there twice",
        });
      }
    });
    for (const name of Object.keys(config.link.peerBandwidth ?? {})) {
      if (names.includes(name) && name !== config.region) continue;
      context.addIssue({
        code: "custom",
        path: ["link", "peerBandwidth", name],
        message: `another region by its name: ${names.filter((other) => other !== config.region).join(", ")}`,
      });
    }
    const isOfSlots =
      config.partitions === "slots" || ("url" in config.server && /^clusters?:/.test(config.server.url));
    if (config.traces !== undefined && (isOfSlots || config.mode === "active-passive")) {
      const message = "this only where all data are one partition, and each region takes writes";
      context.addIssue({ code: "custom", path: ["traces"], message });
    }
    for (const name of Object.keys(config.admin.console?.peers ?? {})) {
      if (name !== config.region) continue;
      context.addIssue({
        code: "custom",
        path: ["admin", "console", "peers", name],
        message: "the other regions only",
      });
    }
    if (config.partitions === "whole" && "url" in config.server && /^clusters?:/.test(config.server.url)) {
      context.addIssue({ code: "custom", path: ["partitions"], message: "slots, as the server is a cluster" });
    }
    checkMode(config, (path, message) => context.addIssue({ code: "custom", path: [...path], message }));
    if (!names.includes(config.region)) {
      context.addIssue({ code: "custom", path: ["region"], message: `one of the regions listed: ${names.join(", ")}` });
    }
  });

export type AgentConfig = z.infer<typeof configSchema>;
