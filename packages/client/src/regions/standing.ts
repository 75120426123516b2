/**
 * Where a region stands, asked at its gateway or its server, once for all who want to know; and who answers there at all.
 */
import { decodeToken, SharedQuestion, type Token, WHOLE_SERVER } from "@meridian/core";
import type { Redis } from "ioredis";
import { RegionError } from "../errors.js";
import type { RegionAddress } from "./settings.js";

const ROOT = "mer:{0}";

export class Standing {
  private readonly question = new SharedQuestion(() => this.ask());

  constructor(
    private readonly address: RegionAddress,
    private readonly redis: Redis,
  ) {}

  /** Of the region, as it is after this call began. */
  read(): Promise<Token> {
    return this.question.ask();
  }

  /** Rejects where what answers is another region, or nothing of Meridian's. */
  async identify(): Promise<void> {
    const found = this.address.through === "server" ? await this.regionOfServer() : await this.regionOfGateway();
    if (found === undefined || found === this.address.name) return;
    throw new RegionError("MERIDIAN_WRONGREGION", { region: this.address.name, found });
  }

  private async ask(): Promise<Token> {
    if (this.address.through === "server") return new Map([[WHOLE_SERVER, vectorOf(await this.state())]]);
    const reply = await this.redis.call("MERIDIAN.TOKEN");
    const token = decodeToken(String(reply));
    if (token === undefined) throw new RegionError("MERIDIAN_BADTOKEN");
    if (!token.has(WHOLE_SERVER)) throw new RegionError("MERIDIAN_SLOTTOKEN", { region: this.address.name });
    return token;
  }

  /** How far it is behind the region it hears of latest, as its gateway says; undefined: it doesn't say. */
  async lagMs(): Promise<number | undefined> {
    const text = String(await this.redis.call("INFO", "meridian"));
    const lags = [...text.matchAll(/^meridian_link\d+:from=[^,]*,to=([^,]*),state=([^,]*),lag_ms=([^,]*),/gm)]
      .filter(([, to]) => to === this.address.name)
      .map(([, , state, lag]) => (state === "up" && lag !== "" ? Number(lag) : Infinity));
    return lags.length === 0 ? undefined : Math.max(...lags);
  }

  private state(): Promise<unknown> {
    return this.redis.call("FCALL", "mer", "1", ROOT, "state");
  }

  private async regionOfServer(): Promise<string> {
    try {
      const reply = await this.state();
      return Array.isArray(reply) ? String(reply[1]) : "no server of Meridian";
    } catch (error) {
      if (!textOf(error).startsWith("ERR Function not found")) throw error;
      return "a server without Meridian's library, which the region's agent loads";
    }
  }

  /** Undefined: this user may not ask. */
  private async regionOfGateway(): Promise<string | undefined> {
    try {
      const name = /^meridian_region:(.*?)\r?$/m.exec(String(await this.redis.call("INFO", "meridian")))?.[1];
      return name ?? "no gateway of Meridian";
    } catch (error) {
      if (textOf(error).startsWith("NOPERM ")) return undefined;
      throw error;
    }
  }
}

function vectorOf(state: unknown): ReadonlyMap<string, number> {
  const flat: unknown = Array.isArray(state) ? state[5] : undefined;
  const vector = new Map<string, number>();
  if (!Array.isArray(flat)) return vector;
  for (let at = 0; at + 1 < flat.length; at += 2) vector.set(String(flat[at]), Number(flat[at + 1]));
  return vector;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
