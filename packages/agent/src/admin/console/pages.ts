/**
 * The connections that pages have to gateways: one for each session, page and region, so that what one page does in a MULTI
 * or a WATCH is its own. They close when they idle.
 */
import { AgentError } from "../../errors.js";
import { agentLimits } from "../../limits.js";
import type { Session } from "./access.js";
import { argumentsOf } from "./command-line.js";
import type { CommandsDocument, CommandsRequest } from "./documents.js";
import { Door } from "./door.js";
import { replyView } from "./reply-view.js";
import type { AskedRegion } from "./source.js";

interface Page {
  door: Promise<Door>;
  idle: NodeJS.Timeout;
  inTransaction: boolean;
}

const ROOM = {
  elements: agentLimits.replyElementsMax,
  textBytes: agentLimits.replyTextBytesMax,
  bytes: agentLimits.replyBytesMax,
};

/** Their replies come when they like, or change how all later ones are read. */
const STREAMING = "its replies go on without an end";
const REFUSED: Readonly<Record<string, string>> = {
  SUBSCRIBE: STREAMING,
  PSUBSCRIBE: STREAMING,
  SSUBSCRIBE: STREAMING,
  MONITOR: STREAMING,
  SYNC: STREAMING,
  PSYNC: STREAMING,
  HELLO: "the connection speaks RESP3 here",
  RESET: "the connection speaks RESP3 here",
  QUIT: "the page closes its connection itself",
  AUTH: "who signed in here is the user",
};

export class Pages {
  private readonly pages = new Map<string, Page>();
  private readonly sessionIds = new WeakMap<Session, number>();
  private sessionCount = 0;

  async run(region: AskedRegion, session: Session, request: CommandsRequest): Promise<CommandsDocument> {
    const args = readArguments(request);
    const name = commandName(args);
    const reason = REFUSED[name] ?? (name === "CLIENT" && isReplyOff(args) ? STREAMING : undefined);
    if (reason !== undefined) throw new AgentError("MERIDIAN_NOTHERE", { command: name, reason });
    const page = this.page(region, session, request.page);
    const door = await page.door;
    const startedAt = performance.now();
    const reply = await door.send(args);
    const tookMs = Math.round((performance.now() - startedAt) * 10) / 10;
    if (name === "MULTI" && reply.type === "text") page.inTransaction = true;
    if (name === "EXEC" || name === "DISCARD") page.inTransaction = false;
    return { reply: replyView(reply), tookMs, inTransaction: page.inTransaction };
  }

  stop(): void {
    for (const key of this.pages.keys()) this.close(key);
  }

  private page(region: AskedRegion, session: Session, name: string): Page {
    const key = `${this.idOf(session)} ${name} ${region.region}`;
    const page = this.pages.get(key) ?? this.open(key, region, session);
    page.idle.refresh();
    return page;
  }

  private open(key: string, region: AskedRegion, session: Session): Page {
    const most = agentLimits.pagesMax;
    if (this.pages.size >= most) throw new AgentError("MERIDIAN_PAGES", { most });
    const place = region.door();
    const login = session.user ?? place.login;
    const door = Door.open({
      ...place,
      login,
      region: region.region,
      room: ROOM,
      onClose: () => this.forget(key, page),
    });
    const page: Page = {
      door,
      idle: setTimeout(() => this.close(key), agentLimits.pageIdleMsMax),
      inTransaction: false,
    };
    this.pages.set(key, page);
    door.catch(() => this.forget(key, page));
    return page;
  }

  private forget(key: string, page: Page): void {
    clearTimeout(page.idle);
    if (this.pages.get(key) === page) this.pages.delete(key);
  }

  private close(key: string): void {
    const page = this.pages.get(key);
    if (page === undefined) return;
    this.forget(key, page);
    page.door.then((door) => door.close()).catch(() => undefined); // whoever asked for it was told
  }

  private idOf(session: Session): number {
    const known = this.sessionIds.get(session);
    if (known !== undefined) return known;
    this.sessionIds.set(session, ++this.sessionCount);
    return this.sessionCount;
  }
}

function readArguments({ line, argumentsBase64 }: CommandsRequest): Buffer[] {
  const args = line === undefined ? argumentsBase64?.map((arg) => Buffer.from(arg, "base64")) : argumentsOf(line);
  if (args === undefined) {
    throw new AgentError("MERIDIAN_BADREQUEST", {
      problem: "a quote in the line has no end, or something stands right behind one",
      remedy: 'write it as redis-cli takes it: SET key "a \\"value\\""',
    });
  }
  if (args.length === 0) {
    throw new AgentError("MERIDIAN_BADREQUEST", { problem: "there is no command", remedy: "send one, such as PING" });
  }
  return args;
}

function commandName(args: readonly Buffer[]): string {
  return (args[0] ?? Buffer.alloc(0)).toString("latin1").toUpperCase();
}

function isReplyOff(args: readonly Buffer[]): boolean {
  return args[1]?.toString("latin1").toUpperCase() === "REPLY";
}
