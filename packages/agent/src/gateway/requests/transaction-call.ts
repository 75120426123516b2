/** How a transaction goes to the server: what it is sent, and what of its replies the client gets. */
import { freeing, runsOthers } from "@meridian/core";
import type { Outbox } from "../bytes.js";
import { TRANSACTION } from "./function-call.js";
import { encodeCommand } from "./inline-command.js";
import { type PendingReplies, ReplyKind } from "../replies/pending-replies.js";
import type { RouterContext } from "./router-context.js";

export interface QueuedCommand {
  readonly name: string;
  /** As the server would take it. */
  readonly bytes: Buffer;
  readonly argumentsStart: number;
  readonly argumentCount: number;
  readonly isWrite: boolean;
  /** The function can run it between writes. */
  readonly isRead: boolean;
  /** How the server's reply is passed on, when it runs the command itself. */
  readonly reply: ReplyKind;
  readonly replies: number;
}

const MULTI = Buffer.from("*1\r\n$5\r\nMULTI\r\n");
const EXEC = Buffer.from("*1\r\n$4\r\nEXEC\r\n");

/**
 * Returns the name of a command that stands between writes and cannot be there; nothing is sent then. What the function
 * reads the server does not count as read by the client: `readKeys` are read once more, in the same step, for a client
 * that is to be told of their changes.
 */
export function sendTransaction(
  queue: readonly QueuedCommand[],
  watching: boolean,
  readKeys: readonly string[],
  context: RouterContext,
  server: Outbox,
  pending: PendingReplies,
): string | undefined {
  const { stats } = context;
  let from = queue.findIndex(({ isWrite }) => isWrite);
  let to = queue.findLastIndex(({ isWrite }) => isWrite) + 1;
  const stranger = queue.slice(Math.max(from, 0), to).find(({ isWrite, isRead }) => !isWrite && !isRead);
  if (stranger !== undefined) return stranger.name;
  const writes = queue.filter(({ isWrite }) => isWrite).length;
  stats.commandsWritten += writes;
  stats.commandsForwarded += queue.length - writes;
  stats.transactions++;
  // Over `maxmemory` the server queues nothing, not even reads.
  const isCall = writes > 0 || context.call.isFull;
  const isWhole = isCall && queue.length > 0 && queue.every(({ isWrite, isRead }) => isWrite || isRead);
  if (writes > 0 || isWhole) stats.functionCalls++;
  if (isWhole) [from, to] = [0, queue.length];
  else if (writes === 0) from = to = queue.length;
  const touches = (writes > 0 || isWhole) && readKeys.length > 0 && !context.call.isFull;
  if (isWhole && !watching && !touches) {
    writeCall(queue, context, server, pending.respThree);
    pending.push(ReplyKind.transaction, 1);
    return undefined;
  }
  const [before, call, after] = [queue.slice(0, from), queue.slice(from, to), queue.slice(to)];
  server.copy(MULTI, 0, MULTI.length);
  for (const { bytes } of before) server.append(bytes, 0, bytes.length);
  if (call.length > 0) writeCall(call, context, server, pending.respThree);
  for (const { bytes } of after) server.append(bytes, 0, bytes.length);
  if (touches) {
    const touch = encodeCommand(["EXISTS", ...readKeys].map((part) => Buffer.from(part, "latin1")));
    server.append(touch, 0, touch.length);
  }
  server.copy(EXEC, 0, EXEC.length);
  const parts = before.length + after.length + (call.length > 0 ? 1 : 0) + (touches ? 1 : 0);
  const runs: [ReplyKind, number][] = before.map(({ reply, replies }) => [reply, replies]);
  if (isWhole) runs.push([ReplyKind.transaction, 1]);
  else if (call.length > 0) runs.push([ReplyKind.batch, call.length]);
  runs.push(...after.map(({ reply, replies }): [ReplyKind, number] => [reply, replies]));
  if (touches) runs.push([ReplyKind.swallow, 1]);
  pending.push(ReplyKind.swallow, 1 + parts);
  pending.pushExecution({ parts, commands: queue.length, runs });
  return undefined;
}

/** Over `maxmemory` one command that needs memory has the server refuse all; scripts ask for it themselves. */
function frees(commands: readonly QueuedCommand[], isFull: boolean): boolean {
  return commands.every(({ isWrite, name }) => {
    const upper = name.toUpperCase();
    return !isWrite || freeing[upper] === true || (isFull && runsOthers[upper] === true);
  });
}

function writeCall(
  commands: readonly QueuedCommand[],
  { call }: RouterContext,
  server: Outbox,
  respThree: boolean,
): void {
  const total = commands.reduce((sum, { argumentCount }) => sum + argumentCount + 1, 0);
  call.writePipelineHeader(server, total, frees(commands, call.isFull), respThree, TRANSACTION);
  for (const { bytes, argumentsStart, argumentCount } of commands) {
    server.numberArgument(argumentCount);
    server.append(bytes, argumentsStart, bytes.length);
  }
}
