/** `admin` of meridian.yaml: where the admin API and the console listen, who may use them, and what the console may do. */
import { z } from "zod";
import { host, port } from "./network.js";
import { REGION_NAME } from "./region-name.js";

const PORT_DEFAULT = 7300;
const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/;
const ADDRESS = "http://host:port or https://host:port of the region's admin API";

const console = z.strictObject({
  /** Commands and restoring, and so writes, from the page. */
  actions: z.boolean("true or false").optional(),
  /** By region. */
  peers: z
    .record(
      z.string().regex(REGION_NAME),
      z.string(ADDRESS).regex(/^https?:\/\/[^\s/@?#]+$/, ADDRESS),
      `names of regions, each with ${ADDRESS}`,
    )
    .optional(),
});

export const adminSchema = z
  .strictObject({
    host: host.default("127.0.0.1"),
    port: port.default(PORT_DEFAULT),
    signIn: z.enum(["none", "token", "acl"], "one of none, token, acl").optional(),
    tokenFile: z.string("a file").min(1, "a file").optional(),
    console: console.optional(),
  })
  .transform((given) => ({ ...given, signIn: given.signIn ?? (given.tokenFile === undefined ? "none" : "token") }))
  .superRefine(({ host: listens, signIn, tokenFile, console: page }, context) => {
    const wants = (path: string[], message: string): void => context.addIssue({ code: "custom", path, message });
    if (signIn === "token" && tokenFile === undefined) wants(["tokenFile"], "a file with the token, for signIn: token");
    if (signIn !== "token" && tokenFile !== undefined) wants(["tokenFile"], "this only with signIn: token");
    if (signIn === "none" && page?.actions === true && !LOOPBACK.test(listens)) {
      wants(["console", "actions"], "false, or signIn: token or acl: others reach this address");
    }
    if (signIn === "acl" && page?.peers !== undefined) {
      wants(
        ["console", "peers"],
        "this with signIn: token, the same in all regions: peers don't know this one's users",
      );
    }
  })
  .prefault({});
