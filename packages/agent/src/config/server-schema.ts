/** `server` of meridian.yaml: the region's Redis or Valkey: one that runs, one of several, a cluster, or one to start here. */
import { z } from "zod";
import { port } from "./network.js";

const URL_FORM =
  "redis://[user:password@]host:port, several hosts, sentinel://host:port,host:port/NAME, or cluster://host:port,host:port";
const SENTINEL = /^sentinel:\/\//;

/** Of one region only: keys that its server had before become those of all. */
const adopt = z.boolean("true or false").optional();

const attached = z
  .strictObject({
    url: z.string(URL_FORM).regex(/^(rediss?|sentinel|clusters?):\/\//, URL_FORM),
    /** To the servers that Sentinels name; else the address says it. */
    tls: z.boolean("true or false").optional(),
    /** Of the Sentinels; the login in the address is the servers'. */
    sentinelUsername: z.string("a name").min(1, "a name").optional(),
    sentinelPassword: z.string("a password").min(1, "a password").optional(),
    sentinelTls: z.boolean("true or false").optional(),
    adopt,
  })
  .superRefine(({ url, adopt: _everywhere, ...rest }, context) => {
    if (SENTINEL.test(url)) return;
    for (const [name, value] of Object.entries(rest)) {
      if (value === undefined) continue;
      const remedy =
        name === "tls"
          ? "this only with sentinel://, and rediss:// or clusters:// for TLS"
          : "this only with sentinel://";
      context.addIssue({ code: "custom", path: [name], message: remedy });
    }
  });

export const serverSchema = z.union([
  attached,
  z.strictObject({ port, dataDir: z.string("a folder").min(1, "a folder"), adopt }),
]);
