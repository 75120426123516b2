/** Three places with an emulated WAN between them: paths that add half a round trip each way, and can be cut. */
import { LinkProxy } from "@meridian/agent/local";
import type { Stops } from "./servers.js";

export const places = ["us", "eu", "ap"] as const;
export type Place = (typeof places)[number];

/** As the local start emulates them. */
export const roundTripsMs: Readonly<Record<string, number>> = { "us eu": 80, "us ap": 180, "eu ap": 160 };

export function roundTripMs(a: Place, b: Place): number {
  return a === b ? 0 : (roundTripsMs[`${a} ${b}`] ?? roundTripsMs[`${b} ${a}`] ?? 0);
}

export class Wan {
  private readonly paths: { a: Place; b: Place; proxy: LinkProxy }[] = [];

  constructor(private readonly stops: Stops) {}

  /** The port at which `port` of `to` is reached from `from`. */
  async path(from: Place, to: Place, port: number): Promise<number> {
    if (from === to) return port;
    const target = (): { host: string; port: number } => ({ host: "127.0.0.1", port });
    const proxy = this.stops.add(await LinkProxy.start({ rttMs: roundTripMs(from, to), target }));
    this.paths.push({ a: from, b: to, proxy });
    return proxy.port;
  }

  /** Nothing leaves the place any more: what is on its way is lost. */
  cutOff(place: Place): void {
    for (const { a, b, proxy } of this.paths) if (a === place || b === place) proxy.set({ up: false });
  }
}
