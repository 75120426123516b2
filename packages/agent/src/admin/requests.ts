/** Reads what the admin API is asked, and refuses what a page in somebody's browser might send. */
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { SLOTS } from "@meridian/core";
import { z } from "zod";
import { BANDWIDTH_WANTED, parseBandwidth } from "../config/bandwidth.js";
import { REGION_NAME } from "../config/region-name.js";
import { HOST_PORTS } from "../config/schema.js";
import { AgentError } from "../errors.js";
import { agentLimits } from "../limits.js";
import type { RegionsRequest } from "../members/documents.js";
import { membersLimits } from "../members/limits.js";
import type { FailoverRequest } from "../passive/documents.js";
import type { ModeRequest } from "../mode/documents.js";
import type { VerifyRequest } from "../verify/documents.js";
import { verifyLimits } from "../verify/limits.js";
import type { BandwidthRequest, ConflictsRequest, LinksRequest } from "./documents.js";

const linksRequest = z.strictObject({
  up: z.boolean("true to mend, false to cut").optional(),
  delayMs: z
    .number("milliseconds")
    .min(0, "milliseconds, 0 for none")
    .max(agentLimits.rttMsMax, `at most ${agentLimits.rttMsMax}`)
    .optional(),
  lossPercent: z
    .number("a percentage")
    .min(0, "a percentage, 0 for none")
    .max(agentLimits.lossPercentMax, `at most ${agentLimits.lossPercentMax}`)
    .optional(),
  a: z.string("the name of a region").optional(),
  b: z.string("the name of a region").optional(),
});

/**
 * A page of another site can make a browser send requests here. It can't make it leave out Origin on a POST, nor send
 * application/json without asking first (which we never allow), nor, by pointing its own name to 127.0.0.1, make Host an
 * address or localhost.
 */
export function refuseOtherSites(request: IncomingMessage): void {
  const { origin, host = "" } = request.headers;
  const name = host.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  const ours = name === "" || name === "localhost" || isIP(name) !== 0;
  const isLoopback = /^(::ffff:)?127\.|^::1$/.test(request.socket.localAddress ?? "");
  if (isLoopback && !ours) throw new AgentError("MERIDIAN_CROSSSITE", { origin: name });
  const isOwn = origin === undefined || origin === `http://${host}` || origin === `https://${host}`;
  if (!isOwn) throw new AgentError("MERIDIAN_CROSSSITE", { origin });
}

const modeRequest = z.strictObject({ primary: z.string("the name of a region").nullable() });

export async function readModeRequest(request: IncomingMessage): Promise<ModeRequest> {
  const usage = 'send {"primary": "REGION"}, or {"primary": null}';
  const result = modeRequest.safeParse(await readJson(request, usage));
  if (!result.success) throw badRequest(placeOf(result.error), usage);
  return result.data;
}

export async function readLinksRequest(request: IncomingMessage): Promise<LinksRequest> {
  const usage = 'send {"up": false, "a": "...", "b": "..."}';
  const result = linksRequest.safeParse(await readJson(request, usage));
  if (!result.success) throw badRequest(placeOf(result.error), usage);
  if (result.data.b !== undefined && result.data.a === undefined) {
    throw badRequest("b is given without a", "name a, or both, or none");
  }
  const { up, delayMs, lossPercent } = result.data;
  if (up === undefined && delayMs === undefined && lossPercent === undefined) {
    throw badRequest("it says nothing to do", usage);
  }
  return result.data;
}

const bytesInBase64 = z.base64("base64");
const bucket = z.int().min(0).lt(verifyLimits.bucketsMax);
const verifyRequest = z.strictObject({
  region: z.string("the name of a region"),
  question: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("layout") }),
    z.strictObject({ kind: z.literal("tallies"), from: bucket }),
    z.strictObject({ kind: z.literal("strays"), cursor: z.string().regex(/^\d{1,20}(@\S{1,300})?$/) }),
    z.strictObject({ kind: z.literal("buckets"), buckets: z.array(bucket).max(verifyLimits.bucketsAtOnce) }),
    z.strictObject({ kind: z.literal("key"), keyBase64: bytesInBase64, cursor: z.string() }),
    z.strictObject({
      kind: z.literal("vectors"),
      partitions: z.array(z.int().min(0).lt(SLOTS)).max(verifyLimits.vectorsAtOnce),
    }),
    z.strictObject({ kind: z.literal("salvage"), keyBase64: bytesInBase64 }),
    z.strictObject({ kind: z.literal("discard"), keyBase64: bytesInBase64, fingerprint: z.string() }),
    z.strictObject({ kind: z.literal("adopt"), keyBase64: bytesInBase64, fingerprint: z.string() }),
  ]),
});

export async function readVerifyRequest(request: IncomingMessage): Promise<VerifyRequest> {
  const usage = 'send {"region": "...", "question": {"kind": "layout"}}';
  const result = verifyRequest.safeParse(await readJson(request, usage));
  if (result.success) return result.data;
  throw badRequest(placeOf(result.error), usage);
}

function placeOf({ issues: [issue] }: z.ZodError): string {
  const place = issue === undefined || issue.path.length === 0 ? "the body" : issue.path.map(String).join(".");
  return `${place}: ${issue?.message ?? "not as expected"}`;
}

/** `wanted` is what belongs there, as an example. */
export async function readBody<Wanted>(
  request: IncomingMessage,
  schema: z.ZodType<Wanted>,
  wanted: string,
  bytesMax?: number,
): Promise<Wanted> {
  const result = schema.safeParse(await readJson(request, `send ${wanted}`, bytesMax));
  if (result.success) return result.data;
  throw badRequest(placeOf(result.error), `send ${wanted}`);
}

async function readJson(
  request: IncomingMessage,
  usage: string,
  bytesMax: number = agentLimits.adminBodyBytesMax,
): Promise<unknown> {
  const type = request.headers["content-type"] ?? "";
  if (!/^application\/json\b/i.test(type)) {
    const given = type === "" ? "there is no content type" : `the content type is ${type}`;
    throw badRequest(given, "send it with content-type: application/json");
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new AgentError("MERIDIAN_TOOLARGE", { bytesMax });
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch (error) {
    throw badRequest("the body is no JSON", usage, error);
  }
}

const bandwidthRequest = z.strictObject({
  bandwidth: z
    .string(`${BANDWIDTH_WANTED}, or null for no limit`)
    .refine((text) => parseBandwidth(text) !== undefined, `${BANDWIDTH_WANTED}, or null for no limit`)
    .nullable(),
  a: z.string("the name of a region").optional(),
  b: z.string("the name of a region").optional(),
});

export async function readBandwidthRequest(request: IncomingMessage): Promise<BandwidthRequest> {
  const usage = 'send {"bandwidth": "10Mbit", "a": "...", "b": "..."}, or null for no limit';
  const result = bandwidthRequest.safeParse(await readJson(request, usage));
  if (!result.success) throw badRequest(placeOf(result.error), usage);
  if (result.data.b !== undefined && result.data.a === undefined) {
    throw badRequest("b is given without a", "name a, or both, or none");
  }
  return result.data;
}

const regionName = z.string("a name").regex(REGION_NAME, "a name of letters, digits, '-', '_' and '.'");
const regionsRequest = z.discriminatedUnion("action", [
  z.strictObject({
    action: z.literal("add"),
    region: regionName,
    link: z.string("host:port").regex(HOST_PORTS, "host:port of each of its agents, with commas between"),
  }),
  z.strictObject({ action: z.literal("remove"), region: regionName }),
  z.strictObject({
    action: z.literal("forget"),
    regions: z.array(regionName).min(1).max(membersLimits.placesMax),
    confirmed: z.boolean("true to do it, false to be told what is lost"),
  }),
]);

export async function readRegionsRequest(request: IncomingMessage): Promise<RegionsRequest> {
  const usage = 'send {"action": "add", "region": "...", "link": "host:port"}, or see the path /';
  const result = regionsRequest.safeParse(await readJson(request, usage));
  if (result.success) return result.data;
  throw badRequest(placeOf(result.error), usage);
}

const failoverRequest = z.strictObject({
  to: regionName,
  force: z.boolean("true where the primary is gone").optional(),
  confirmed: z.boolean("true to do it, false to be told what may be lost").optional(),
});

export async function readFailoverRequest(request: IncomingMessage): Promise<FailoverRequest> {
  const usage = 'send {"to": "REGION"}';
  const result = failoverRequest.safeParse(await readJson(request, usage));
  if (result.success) return result.data;
  throw badRequest(placeOf(result.error), usage);
}

/** Like `readKey`, or no key: all; `limit=` is a number. */
export function readConflictsRequest(parameters: URLSearchParams): ConflictsRequest {
  const limit = parameters.get("limit") ?? String(agentLimits.conflictsListed);
  const max = agentLimits.conflictsListedMax;
  if (!/^[1-9]\d{0,8}$/.test(limit) || Number(limit) > max) {
    throw badRequest(`limit ${limit} is no number from 1 to ${max}`, `give limit=${agentLimits.conflictsListed}`);
  }
  const hasKey = parameters.has("key") || parameters.has("keyBase64");
  return { key: hasKey ? readKey(parameters) : undefined, limit: Number(limit) };
}

/** `key=` is UTF-8 text, `keyBase64=` (base64url or base64) any bytes. */
export function readKey(parameters: URLSearchParams): Buffer {
  const text = parameters.get("key");
  const encoded = parameters.get("keyBase64");
  if ((text === null) === (encoded === null)) {
    throw badRequest("it takes one key", "give key=TEXT, or keyBase64=BASE64URL for any bytes");
  }
  if (text !== null) return Buffer.from(text, "utf8");
  const given = encoded ?? "";
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(given)) throw badRequest("keyBase64 is not base64url", "encode the key's bytes");
  return Buffer.from(given, "base64url");
}

function badRequest(problem: string, remedy: string, cause?: unknown): AgentError {
  return new AgentError("MERIDIAN_BADREQUEST", { problem, remedy }, cause);
}
