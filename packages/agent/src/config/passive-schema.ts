/** `mode: active-passive` of meridian.yaml: its own settings, and those of active-active that mean nothing then. */
import { z } from "zod";

const STALENESS_LEAST = 500;
/** In the folder that the agent runs in. */
export const LOST_WRITES_DEFAULT = "lost-writes";
export const LAG_BYTES_DEFAULT = 64 * 1024 * 1024;

export const passiveSchema = z.strictObject({
  /** Who takes the writes when nobody has yet; default: the region listed first. */
  primary: z.string("the name of a region").optional(),
  reads: z
    .strictObject({
      /** Data that may be older are not read from the region's own server. */
      stalenessMsMax: z
        .number("a number of milliseconds")
        .int("a number of milliseconds")
        .min(STALENESS_LEAST, `a number of milliseconds, at least ${STALENESS_LEAST}`),
      /** Where they are read then; or `error`. */
      otherwise: z.enum(["primary", "error"], "primary or error").default("primary"),
    })
    .optional(),
  /** A folder for writes that the other regions did not get. */
  lostWrites: z.string("a folder").min(1, "a folder").optional(),
  failover: z
    .strictObject({
      /** A region that is further behind is not made the primary in order. */
      lagBytesMax: z
        .number("a number of bytes")
        .int("a number of bytes")
        .min(0, "a number of bytes")
        .default(LAG_BYTES_DEFAULT),
      /** Where the primary is gone, a majority of the regions' agents makes another one the primary. */
      automatic: z.boolean("true or false").default(false),
    })
    .prefault({}),
});

export type PassiveSettings = z.infer<typeof passiveSchema>;

interface Shape {
  readonly mode?: string | undefined;
  readonly region: string;
  readonly regions: readonly { readonly name: string; readonly server?: string | undefined }[];
  readonly activePassive?: PassiveSettings | undefined;
  readonly server: object;
  readonly gateway: { readonly processes?: unknown; readonly announce?: unknown };
  readonly link: { readonly bandwidth?: unknown; readonly peerBandwidth?: unknown; readonly compression?: unknown };
  readonly partitions?: unknown;
  readonly join?: unknown;
  readonly retention?: unknown;
  readonly stateSync?: unknown;
}

type Refuse = (path: readonly (string | number)[], message: string) => void;

/** What of the whole does not go together. */
export function checkMode(config: Shape, refuse: Refuse): void {
  if (config.mode === "active-passive") checkPassive(config, refuse);
  else checkActive(config, refuse);
}

const ONLY_PASSIVE = "this only with mode: active-passive";

/** Places of servers may stand: a region that comes from active-passive may have to follow the former primary once more. */
function checkActive({ activePassive }: Shape, refuse: Refuse): void {
  if (activePassive !== undefined) refuse(["activePassive"], ONLY_PASSIVE);
}

function checkPassive(config: Shape, refuse: Refuse): void {
  const { region, regions, activePassive, server } = config;
  const names = regions.map(({ name }) => name);
  const primary = activePassive?.primary;
  if (primary !== undefined && !names.includes(primary)) {
    refuse(["activePassive", "primary"], `one of the regions listed: ${names.join(", ")}`);
  }
  regions.forEach(({ name, server: place }, index) => {
    if (place === undefined && name !== region)
      refuse(["regions", index, "server"], "host:port where this region reaches that region's server");
  });
  const url = "url" in server ? String(server.url) : "";
  const isOfSentinels = url.startsWith("sentinel://");
  if (!isOfSentinels && !/^rediss?:\/\/[^,]*$/.test(url)) {
    refuse(["server", "url"], "the address of one server, or sentinel://, with mode: active-passive");
  }
  if (isOfSentinels && activePassive?.failover.automatic === true) {
    refuse(
      ["activePassive", "failover", "automatic"],
      "false: with Sentinels a region's own replicas would count as a majority",
    );
  }
  if (activePassive?.failover.automatic === true && regions.length < 3) {
    refuse(["activePassive", "failover", "automatic"], "false: a majority without the primary takes three regions");
  }
  const others: [readonly string[], unknown][] = [
    [["partitions"], config.partitions],
    [["join"], config.join],
    [["retention"], config.retention],
    [["stateSync"], config.stateSync],
    [["server", "adopt"], "adopt" in server ? server.adopt : undefined],
    [["gateway", "processes"], config.gateway.processes],
    [["gateway", "announce"], config.gateway.announce],
    [["link", "bandwidth"], config.link.bandwidth],
    [["link", "peerBandwidth"], config.link.peerBandwidth],
    [["link", "compression"], config.link.compression],
  ];
  for (const [path, value] of others) if (value !== undefined) refuse(path, "this only with mode: active-active");
}
