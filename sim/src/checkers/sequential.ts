/**
 * Property: in its own region every command does what plain Redis would do to what was visible before it: the same
 * reply, the same error, the same values and deadlines after.
 */
import type { Reply } from "@meridian/core";
import { ModelKeyspace } from "@meridian/testkit";
import { Failure, text } from "../failure.js";
import type { Region } from "../region.js";
import { LateIds, plainReply } from "../plain-stream.js";
import { detailText } from "../stream-form.js";
import { load, nearlySame, streamDetail, visibleState, type Visible, type VisibleState } from "../visible.js";

export function checkSequential(region: Region, command: string[], before: VisibleState, reply: Reply): void {
  const now = region.keyspace.nowMs();
  const plain = new ModelKeyspace({ nowMs: () => now, random: () => 0, exactFloats: true });
  load(plain, before);
  const world: Plain = { keyspace: plain, region: region.number, late: new LateIds(before) };
  if (command[0] === "pipeline") checkPipeline(world, command, reply);
  else checkOne(world, command, reply);
  const after = region.visible();
  const expectedAfter = visibleState(plain);
  const names = new Set([...after.keys(), ...expectedAfter.keys()]);
  for (const key of names) {
    const [here, there] = [after.get(key), expectedAfter.get(key)];
    if (here?.type === there?.type && here?.deadlineMs === there?.deadlineMs && sameValue(here, there)) continue;
    throw new Failure(
      "sequential",
      `${region.name} ${text(command)}\n  before   ${text(before.get(key))}\n  ${key} is   ${valueText(here)}\n  in Redis ${valueText(there)}`,
    );
  }
}

/** A stream is compared whole, with what its groups know. */
function sameValue(here: Visible | undefined, there: Visible | undefined): boolean {
  const [detail, other] = [streamDetail(here), streamDetail(there)];
  return detail && other ? detailText(detail) === detailText(other) : nearlySame(here?.value, there?.value);
}

function valueText(visible: Visible | undefined): string {
  const detail = streamDetail(visible);
  return detail ? detailText(detail) : text(visible);
}

/** Plain Redis, and what it must be told of Meridian's. */
interface Plain {
  keyspace: ModelKeyspace;
  region: number;
  late: LateIds;
}

function checkPipeline(plain: Plain, [, ...args]: string[], reply: Reply): void {
  if (!Array.isArray(reply)) throw new Failure("sequential", `pipeline answered ${text(reply)}`);
  let at = 0;
  for (const one of reply) {
    const count = Number(args[at]);
    checkOne(plain, args.slice(at + 1, at + 1 + count), one);
    at += count + 1;
  }
  if (at !== args.length) throw new Failure("sequential", `pipeline answered ${reply.length} replies to ${text(args)}`);
}

function checkOne({ keyspace, region, late }: Plain, command: string[], reply: Reply): void {
  const expected =
    command[0] === "SPOP" ? expectedPop(keyspace, command, reply) : plainReply(keyspace, command, reply, region, late);
  if (nearlySame(plainInteger(reply), expected)) return;
  throw new Failure("sequential", `${text(command)} answered ${text(reply)}, Redis answers ${text(expected)}`);
}

/** Integers past what a Lua number holds come as a status of their digits; the gateway makes integers of them. */
function plainInteger(reply: Reply): Reply {
  if (Array.isArray(reply)) return reply.map(plainInteger);
  if (typeof reply !== "object" || !("ok" in reply)) return reply;
  return /^-?[0-9]+$/.test(reply.ok) ? Number(reply.ok) : reply;
}

/** Which members go is the server's choice; that they were members, and how many, is not. */
function expectedPop(plain: ModelKeyspace, command: string[], reply: Reply): Reply {
  const key = command[1] ?? "";
  const copy = new ModelKeyspace({ nowMs: () => plain.nowMs(), random: () => 0, exactFloats: true });
  load(copy, visibleState(plain));
  const expected = copy.pcall("SPOP", ...command.slice(1));
  const popped = typeof reply === "string" ? [reply] : Array.isArray(reply) ? (reply as string[]) : [];
  const wanted = typeof expected === "string" ? 1 : Array.isArray(expected) ? expected.length : 0;
  if (popped.length === 0 || Array.isArray(reply) !== Array.isArray(expected)) return expected;
  const members = plain.pcall("SMEMBERS", key);
  const valid =
    Array.isArray(members) && popped.every((member) => members.includes(member)) && new Set(popped).size === wanted;
  if (!valid) return expected;
  plain.call("SREM", key, ...popped);
  return reply;
}
