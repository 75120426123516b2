/** What comes with a request and goes with its response; with the real Fastify. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { encodeToken, type Token, WHOLE_SERVER } from "@meridian/core";
import { fastify } from "fastify";
import { expect, test } from "vitest";
import { regionLimits } from "../limits.js";
import { HttpSessions, type HttpSessionsOptions } from "./http-sessions.js";
import { Session, type SessionOptions, type SessionRegions } from "./session.js";

const token = (stamp: number): Token => new Map([[WHOLE_SERVER, new Map([["eu~000000000000", stamp]])]]);

/** A region that stands where it is said to. */
function oneRegion() {
  let standing = token(1);
  const regions: SessionRegions = {
    limits: regionLimits,
    order: () => ["eu"],
    inRegion: (region, operation) => operation(undefined as never, region),
    write: (operation) => operation(undefined as never, "eu"),
    until: () => Promise.resolve(true),
    standing: () => Promise.resolve(standing),
    none: () => {
      throw new Error("there is one");
    },
  };
  return {
    stands: (stamp: number) => (standing = token(stamp)),
    session: (text?: string, options?: SessionOptions) => new Session(regions, text, options),
  };
}

const done = (): Promise<string> => Promise.resolve("done");

async function ask(
  options: HttpSessionsOptions,
  headers: Record<string, string>,
  use: (session: Session) => Promise<unknown>,
): Promise<{ headers: Headers; given: string }> {
  const sessions = new HttpSessions(oneRegion(), options);
  const middleware = sessions.express();
  let given = "";
  const server = createServer((request, response) => {
    middleware(request, response, () => {
      response.appendHeader("Set-Cookie", "other=1");
      given = sessions.of(request).token;
      void use(sessions.of(request)).then(() => response.end("ok"));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { headers });
  await response.text();
  server.close();
  return { headers: response.headers, given };
}

test("a token goes when it is another one than came, beside what else is set", async () => {
  const wrote = await ask({}, {}, (session) => session.write(done));
  expect(wrote.headers.getSetCookie()).toEqual([
    "other=1",
    `meridian-token=${encodeToken(token(1))}; Path=/; HttpOnly; SameSite=Lax; Secure`,
  ]);
  const idle = await ask({}, { cookie: `a=b; meridian-token=${encodeToken(token(1))}` }, done);
  expect([idle.given, idle.headers.getSetCookie()]).toEqual([encodeToken(token(1)), ["other=1"]]);
  const aged = await ask({ name: "t", secure: false, maxAgeSeconds: 60 }, {}, (session) => session.read(done));
  expect(aged.headers.getSetCookie()[1]).toBe(`t=${encodeToken(token(1))}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax`);
});

test("what is no token is as none; a header does as well", async () => {
  const forged = await ask({}, { cookie: "meridian-token=forged" }, done);
  expect(forged.given).toBe("");
  const options: HttpSessionsOptions = { carrier: "header", name: "X-Seen" };
  const seen = encodeToken(token(7));
  const wrote = await ask(options, { "x-seen": seen }, (session) => session.write(done));
  expect(wrote.given).toBe(seen);
  // The region is not so far: the session has seen both.
  expect(wrote.headers.get("x-seen")).toBeNull();
  expect((await ask(options, {}, (session) => session.write(done))).headers.get("x-seen")).toBe(encodeToken(token(1)));
  expect(() => new HttpSessions(oneRegion(), { name: "no name" })).toThrow(/no name/);
  expect(() => new HttpSessions(oneRegion()).of({})).toThrow(/no middleware/);
});

test("with Fastify, in all of its scopes", async () => {
  const region = oneRegion();
  const sessions = new HttpSessions(region);
  const app = fastify();
  await app.register(sessions.fastify());
  app.get("/idle", (request) => `idle ${sessions.of(request).token.length}`);
  await app.register(async (scope) => {
    scope.post("/write", async (request, reply) => {
      void reply.header("Set-Cookie", "other=1");
      await sessions.of(request).write(done);
      return "written";
    });
  });
  const came = encodeToken(token(1));
  const cookies = { "meridian-token": came };
  const idle = await app.inject({ method: "GET", url: "/idle", cookies });
  expect([idle.body, idle.headers["set-cookie"]]).toEqual([`idle ${came.length}`, undefined]);
  region.stands(2);
  const wrote = await app.inject({ method: "POST", url: "/write", cookies });
  expect(wrote.body).toBe("written");
  expect(wrote.headers["set-cookie"]).toEqual([
    "other=1",
    `meridian-token=${encodeToken(token(2))}; Path=/; HttpOnly; SameSite=Lax; Secure`,
  ]);
  await app.close();
});
