/** Reads what the console asks. */
import type { IncomingMessage } from "node:http";
import { z } from "zod";
import { agentLimits } from "../../limits.js";
import { verifyLimits } from "../../verify/limits.js";
import { readBody } from "../requests.js";
import type {
  CommandsRequest,
  ConflictsQuery,
  KeyRequest,
  KeysRequest,
  RestoreRequest,
  ServersRequest,
  SessionRequest,
  WatchRequest,
} from "./documents.js";
import type { RegionQuestion } from "./questions.js";

const region = z.string("the name of a region").min(1).max(200);
const base64 = z.base64("base64");
const secret = z.string("a text").max(4096);

const session = z.union([
  z.strictObject({ token: secret }),
  z.strictObject({ username: secret, password: secret }),
  z.strictObject({ end: z.literal(true) }),
]);
export const readSession = (request: IncomingMessage): Promise<SessionRequest> =>
  readBody(request, session, '{"token": "..."}, {"username": "...", "password": "..."} or {"end": true}');

const commands = z.strictObject({
  page: z.string("a name").regex(/^[A-Za-z0-9-]{1,64}$/, "up to 64 letters, digits and '-'"),
  region,
  line: z.string("a line").optional(),
  argumentsBase64: z.array(base64).max(agentLimits.commandArgumentsMax).optional(),
});
export const readCommands = (request: IncomingMessage): Promise<CommandsRequest> =>
  readBody(request, commands, '{"page": "...", "region": "...", "line": "GET key"}', agentLimits.commandBodyBytesMax);

const servers = z.strictObject({ region, action: z.enum(["kill", "start", "restart"], "kill, start or restart") });
export const readServers = (request: IncomingMessage): Promise<ServersRequest> =>
  readBody(request, servers, '{"region": "...", "action": "restart"}');

const oneKey = z.strictObject({ keyBase64: base64 });
export const readKeyRequest = (request: IncomingMessage): Promise<KeyRequest & WatchRequest> =>
  readBody(request, oneKey, '{"keyBase64": "..."}');

const conflicts = z.strictObject({
  keyBase64: base64.optional(),
  limit: z.int().min(1).max(agentLimits.conflictsListedMax).optional(),
});
export const readConflicts = (request: IncomingMessage): Promise<ConflictsQuery> =>
  readBody(request, conflicts, '{"keyBase64": "...", "limit": 100}, or {} for all');

const keys = z.strictObject({
  region,
  prefixBase64: base64.optional(),
  type: z
    .string("as TYPE says it")
    .regex(/^[a-zA-Z0-9-]{1,32}$/, "as TYPE says it")
    .optional(),
  cursor: z.string("a cursor").regex(/^\d{1,20}$/, "0, or what the page before gave"),
  count: z.int().min(1).max(agentLimits.keysPageMax),
});
export const readKeys = (request: IncomingMessage): Promise<KeysRequest> =>
  readBody(request, keys, '{"region": "...", "cursor": "0", "count": 100}');

const restore = z.strictObject({
  keyBase64: base64,
  region,
  origin: z.string("the loser's origin").max(300),
  stamp: z.int("the loser's stamp"),
  type: z.string("the loser's type").max(32),
  partBase64: base64,
});
export const readRestore = (request: IncomingMessage): Promise<RestoreRequest> =>
  readBody(request, restore, '{"keyBase64", "region", "origin", "stamp", "type", "partBase64"} of the loser');

const room = z.strictObject({
  conflicts: z.int().min(0).max(agentLimits.conflictsListedMax),
  bytes: z.int().min(0).max(agentLimits.conflictsBytesMax),
  valueBytes: z.int().min(0).max(agentLimits.conflictsBytesMax),
});
/** Of what `verify` asks only that which reads. */
const verifyQuestion = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("layout") }),
  z.strictObject({ kind: z.literal("tallies"), from: z.int().min(0).lt(verifyLimits.bucketsMax) }),
]);
const question = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("status") }),
  z.strictObject({ kind: z.literal("pulse") }),
  z.strictObject({ kind: z.literal("keyView"), keyBase64: base64 }),
  z.strictObject({
    kind: z.literal("keyLog"),
    keyBase64: base64,
    sinceMs: z.int().min(0),
    rows: z.int().min(1).max(agentLimits.historyRows),
  }),
  z.strictObject({ kind: z.literal("conflictPage"), cursor: z.string().max(64) }),
  z.strictObject({
    kind: z.literal("losers"),
    keysBase64: z.array(base64).max(agentLimits.conflictKeysPage),
    room,
  }),
  z.strictObject({ kind: z.literal("verify"), question: verifyQuestion }),
]);
export const readQuestion = (request: IncomingMessage): Promise<RegionQuestion> =>
  readBody(request, question, '{"kind": "status"}');
