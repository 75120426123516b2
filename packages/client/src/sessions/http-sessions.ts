/**
 * A session for each request of a web server: the token comes with the request and goes with the response, in a cookie or in a
 * header. For Express, and whatever else takes its middleware, and for Fastify.
 *
 * The token that goes is that of the moment at which the response's head is sent: what was awaited before is in it. A text that
 * is no token is as none, for it comes from outside.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { decodeToken } from "@meridian/core";
import type { Session, SessionOptions } from "./session.js";

export interface HttpSessionsOptions {
  /** "cookie" where nothing is said. */
  readonly carrier?: "cookie" | "header";
  /** Of the cookie, or the header: "meridian-token" where nothing is said. */
  readonly name?: string;
  /** The cookie goes over TLS only: true where nothing is said. */
  readonly secure?: boolean;
  /** How long the cookie is kept; where nothing is said, until the browser is closed. */
  readonly maxAgeSeconds?: number;
  readonly session?: SessionOptions;
}

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What is used of Fastify: https://fastify.dev/docs/latest/Reference/Hooks/ */
export interface FastifyLike {
  addHook(name: "onRequest", hook: (request: FastifyRequestLike, reply: unknown, done: () => void) => void): unknown;
  addHook(
    name: "onSend",
    hook: (
      request: FastifyRequestLike,
      reply: FastifyReplyLike,
      payload: unknown,
      done: (error: null, payload: unknown) => void,
    ) => void,
  ): unknown;
}

export interface FastifyRequestLike {
  readonly headers: Headers;
}

export interface FastifyReplyLike {
  /** Of `set-cookie` one more is added by each call. */
  header(name: string, value: string): unknown;
}

const NAME = "meridian-token";
/** Of RFC 9110: what a header, or a cookie, may be named. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

export class HttpSessions {
  private readonly sessions = new WeakMap<object, Session>();
  private readonly name: string;

  constructor(
    private readonly regions: { session(token?: string, options?: SessionOptions): Session },
    private readonly options: HttpSessionsOptions = {},
  ) {
    this.name = options.name ?? NAME;
    if (!TOKEN.test(this.name)) throw new TypeError(`'${this.name}' is no name for a cookie or a header`);
  }

  /** Of the request, which came by the middleware. */
  of(request: object): Session {
    const session = this.sessions.get(request);
    if (session === undefined) throw new TypeError("this request came by no middleware of these sessions");
    return session;
  }

  /** `app.use(sessions.express())` */
  express(): (request: IncomingMessage, response: ServerResponse, next: () => void) => void {
    return (request, response, next) => {
      const session = this.begin(request, request.headers);
      const came = session.token;
      const writeHead = response.writeHead.bind(response) as (...given: unknown[]) => ServerResponse;
      response.writeHead = (...given: unknown[]) => {
        if (session.token !== came) this.give(session.token, (name, value) => response.appendHeader(name, value));
        return writeHead(...given);
      };
      next();
    };
  }

  /** `fastify.register(sessions.fastify())` */
  fastify(): (fastify: FastifyLike, options: unknown, done: () => void) => void {
    const came = new WeakMap<object, string>();
    const plugin = (fastify: FastifyLike, _options: unknown, done: () => void): void => {
      fastify.addHook("onRequest", (request, _reply, next) => {
        came.set(request, this.begin(request, request.headers).token);
        next();
      });
      fastify.addHook("onSend", (request, reply, payload, next) => {
        const { token } = this.of(request);
        if (token !== came.get(request)) this.give(token, (name, value) => reply.header(name, value));
        next(null, payload);
      });
      done();
    };
    // Its hooks are for all routes, not for those of a scope of its own.
    return Object.assign(plugin, { [Symbol.for("skip-override")]: true });
  }

  private begin(request: object, headers: Headers): Session {
    const text = this.options.carrier === "header" ? headers[this.name.toLowerCase()] : cookieOf(headers, this.name);
    const token = typeof text === "string" && decodeToken(text) !== undefined ? text : undefined;
    const session = this.regions.session(token, this.options.session);
    this.sessions.set(request, session);
    return session;
  }

  private give(token: string, header: (name: string, value: string) => unknown): void {
    if (this.options.carrier === "header") header(this.name, token);
    else header("Set-Cookie", this.cookie(token));
  }

  private cookie(token: string): string {
    const { secure = true, maxAgeSeconds } = this.options;
    const age = maxAgeSeconds === undefined ? "" : `; Max-Age=${Math.floor(maxAgeSeconds)}`;
    return `${this.name}=${token}; Path=/${age}; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
  }
}

/** A session for each request. */
export function httpSessions(
  regions: { session(token?: string, options?: SessionOptions): Session },
  options?: HttpSessionsOptions,
): HttpSessions {
  return new HttpSessions(regions, options);
}

function cookieOf({ cookie }: Headers, name: string): string | undefined {
  if (typeof cookie !== "string") return undefined;
  for (const pair of cookie.split(";")) {
    const at = pair.indexOf("=");
    if (at >= 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}
