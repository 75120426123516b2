/**
 * A client's command that waits in the gateway: for a value (blocking-command.ts) or for the agent (region-wait.ts). Here
 * is its connection to the server, on which it is tried, and by whose id on the server others can find the client.
 */
import { integerOf } from "../replies/amendments.js";
import type { BlockedClient, Blocking } from "./blocked-clients.js";
import { BlockingCommand, type BlockingHost } from "./blocking-command.js";
import type { Outbox } from "../bytes.js";
import type { CommandArguments } from "../commands/command-arguments.js";
import type { CommandEntry } from "@meridian/core";
import { nameAt } from "../requests/function-call.js";
import { type PendingReplies, ReplyKind } from "../replies/pending-replies.js";
import {
  type Probe,
  type RegionCommand,
  RegionWait,
  type RegionWaitHost,
  regionWaitOf,
  type SlotsWritten,
  waitCommand,
} from "./region-wait.js";
import type { RouterContext } from "../requests/router-context.js";
import { tokenCommandOf } from "./token-command.js";

const NULL_ARRAY = Buffer.from("*-1\r\n");
const NULL_THREE = Buffer.from("_\r\n");
/** No ids that a server gives. */
const NO_ID = -1;
const ASKED_ID = -2;
const CLIENT_ID = Buffer.from("*2\r\n$6\r\nCLIENT\r\n$2\r\nID\r\n");

export interface WaitingHost {
  flush(): void;
  /** The client gets this reply, if any, and goes on. */
  endWaiting(reply: Buffer | undefined): void;
}

export class WaitingCommand implements BlockingHost, RegionWaitHost, BlockedClient {
  blocking: Blocking | undefined;
  /** Of the client's side of the server. */
  writtenSlots: () => SlotsWritten = () => undefined;
  /** On the server; known once the client has waited. */
  private clientId = NO_ID;

  constructor(
    private readonly context: RouterContext,
    private readonly server: Outbox,
    private readonly pending: PendingReplies,
    private readonly host: WaitingHost,
  ) {}

  /** `bytes`: its arguments, the name first. False where it does not wait: then it is a command as any other. */
  take(bytes: Buffer, given: CommandArguments, entry: CommandEntry): boolean {
    if (entry.awaits !== undefined) {
      this.blocking = BlockingCommand.of(bytes, given, entry, this.context.waiting, this);
      if (this.blocking !== undefined) this.context.stats.commandsWritten++;
    } else {
      const command = regionCommandOf(given, entry);
      this.blocking = command && new RegionWait(command, this.context, this);
    }
    return this.blocking !== undefined;
  }

  begin(): void {
    this.askForId();
    this.blocking?.begin();
  }

  /** The client goes. */
  leave(): void {
    this.blocking?.stop();
    this.context.blocked.remove(this.clientId);
  }

  get timeOver(): Buffer {
    return this.pending.respThree ? NULL_THREE : NULL_ARRAY;
  }

  sendTry({ bytes, argumentCount, repliesAs }: BlockingCommand): void {
    this.context.stats.functionCalls++;
    this.pending.pushNamed(repliesAs, ReplyKind.peek);
    this.context.call.writeHeader(this.server, argumentCount, nameAt(bytes, 0), this.pending.respThree);
    this.server.append(bytes, 0, bytes.length);
    this.host.flush();
  }

  get slotsWritten(): SlotsWritten {
    return this.writtenSlots();
  }

  askToWait({ bytes, amender }: Probe): void {
    this.server.copy(bytes, 0, bytes.length);
    this.pending.pushAmended(amender);
    this.host.flush();
  }

  end(reply: Buffer | undefined): void {
    this.blocking = undefined;
    this.host.endWaiting(reply);
  }

  /** Who may not ask for it is not found by it. */
  private askForId(): void {
    if (this.clientId !== NO_ID) return;
    this.clientId = ASKED_ID;
    this.server.copy(CLIENT_ID, 0, CLIENT_ID.length);
    this.pending.pushAmended((reply) => {
      const id = integerOf(reply);
      if (id !== undefined) this.context.blocked.add((this.clientId = id), this);
      return {};
    });
  }
}

/** Undefined where something is wrong with it. */
function regionCommandOf(given: CommandArguments, entry: CommandEntry): RegionCommand | undefined {
  if (entry.check === "token") return tokenCommandOf(given);
  const request = regionWaitOf(given);
  return request && waitCommand(request);
}
