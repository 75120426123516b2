/**
 * Who may use the admin API: everybody who reaches it, who knows the token, or who is an administrator among the
 * server's users. A browser shows a cookie that no script can read and no other site makes it send; a program the token.
 *
 * 1. Secrets are compared in constant time, and are in no log and no error.
 * 2. Sessions are forgotten when they idle, and when the agent ends.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { AgentError } from "../../errors.js";
import { agentLimits } from "../../limits.js";
import type { SessionRequest, SignIn } from "./documents.js";
import { SignInWaits } from "./sign-in-waits.js";

/** Of the server. */
export interface UserLogin {
  username: string;
  password: string;
}

export interface Session {
  /** Who runs the commands; undefined: the agent's own user. */
  readonly user: UserLogin | undefined;
}

export interface AccessOptions {
  signIn: SignIn;
  /** The token as it is now. */
  token: () => string | undefined;
  /** Rejects with MERIDIAN_BADSIGNIN or MERIDIAN_NOADMINISTRATOR. */
  checkUser: (login: UserLogin) => Promise<void>;
  nowMs?: () => number;
}

interface Kept extends Session {
  usedAtMs: number;
}

const ANYBODY: Session = { user: undefined };
const SESSION_BYTES = 32;

export class Access {
  private readonly sessions = new Map<string, Kept>();
  private readonly waits = new SignInWaits();
  private readonly nowMs: () => number;

  constructor(private readonly options: AccessOptions) {
    this.nowMs = options.nowMs ?? Date.now;
  }

  get signIn(): SignIn {
    return this.options.signIn;
  }

  /** Undefined: not signed in. */
  sessionOf(request: IncomingMessage): Session | undefined {
    if (this.signIn === "none") return ANYBODY;
    const bearer = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1];
    if (bearer !== undefined && this.signIn === "token") return this.bearer(request, bearer);
    const id = cookieOf(request);
    const session = id === undefined ? undefined : this.sessions.get(hashOf(id));
    if (session === undefined || id === undefined) return undefined;
    if (this.nowMs() - session.usedAtMs > agentLimits.sessionIdleMsMax) {
      this.sessions.delete(hashOf(id));
      return undefined;
    }
    session.usedAtMs = this.nowMs();
    return session;
  }

  /** The same, or MERIDIAN_SIGNIN. */
  require(request: IncomingMessage): Session {
    const session = this.sessionOf(request);
    if (session !== undefined) return session;
    const how = this.signIn === "token" ? "with the token of admin.tokenFile" : "as a user of the server";
    throw new AgentError("MERIDIAN_SIGNIN", { how: `POST /api/session ${how}` });
  }

  /** The cookie to set. */
  async begin(request: IncomingMessage, given: Exclude<SessionRequest, { end: true }>): Promise<string> {
    const user = await this.limited(request, () => this.check(given));
    const id = randomBytes(SESSION_BYTES).toString("base64url");
    if (this.sessions.size >= agentLimits.sessionsMax) this.dropLeastUsed();
    this.sessions.set(hashOf(id), { user, usedAtMs: this.nowMs() });
    return cookieText(request, id, agentLimits.sessionIdleMsMax / 1000);
  }

  /** The cookie that takes the other away. */
  end(request: IncomingMessage): string {
    const id = cookieOf(request);
    if (id !== undefined) this.sessions.delete(hashOf(id));
    return cookieText(request, "", 0);
  }

  private async check(given: Exclude<SessionRequest, { end: true }>): Promise<UserLogin | undefined> {
    if (this.signIn === "token") {
      if (!("token" in given)) throw refused("a user and a password", "send the token");
      if (!this.isToken(given.token)) throw refused("the token", "it is in the file of admin.tokenFile");
      return undefined;
    }
    if (this.signIn === "none") return undefined;
    if ("token" in given) throw refused("a token", "send username and password of a user of the server");
    await this.options.checkUser(given);
    return { username: given.username, password: given.password };
  }

  private bearer(request: IncomingMessage, token: string): Session | undefined {
    const address = addressOf(request);
    this.refuseWaiting(address);
    if (this.isToken(token)) return ANYBODY;
    this.waits.failed(address, this.nowMs());
    return undefined;
  }

  private async limited<Result>(request: IncomingMessage, check: () => Promise<Result>): Promise<Result> {
    const address = addressOf(request);
    this.refuseWaiting(address);
    this.waits.failed(address, this.nowMs()); // until it is known: many at once are many
    const result = await check();
    this.waits.succeeded(address);
    return result;
  }

  private refuseWaiting(address: string): void {
    const waitMs = this.waits.waitMs(address, this.nowMs());
    if (waitMs > 0) throw new AgentError("MERIDIAN_SIGNINWAIT", { seconds: Math.ceil(waitMs / 1000) });
  }

  private isToken(given: string): boolean {
    const token = this.options.token();
    return token !== undefined && timingSafeEqual(digest(given), digest(token));
  }

  private dropLeastUsed(): void {
    const [least] = [...this.sessions].toSorted(([, a], [, b]) => a.usedAtMs - b.usedAtMs);
    if (least !== undefined) this.sessions.delete(least[0]);
  }
}

function refused(what: string, remedy: string): AgentError {
  return new AgentError("MERIDIAN_BADSIGNIN", { what, remedy });
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** What is kept of a cookie. */
function hashOf(id: string): string {
  return digest(id).toString("base64url");
}

function addressOf(request: IncomingMessage): string {
  return request.socket.remoteAddress ?? "";
}

/** Cookies are shared by all ports of a host. */
function cookieName(request: IncomingMessage): string {
  return `meridian_${request.socket.localPort ?? 0}`;
}

function cookieOf(request: IncomingMessage): string | undefined {
  const name = cookieName(request);
  for (const part of (request.headers.cookie ?? "").split(";")) {
    const [given, value] = part.trim().split("=", 2);
    if (given === name && value !== undefined && value !== "") return value;
  }
  return undefined;
}

function cookieText(request: IncomingMessage, id: string, seconds: number): string {
  const isSecure = request.headers.origin?.startsWith("https://") === true;
  const rest = `Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${isSecure ? "; Secure" : ""}`;
  return `${cookieName(request)}=${id}; ${rest}`;
}
