/**
 * An Express application with express-session and connect-redis, unchanged, in two regions: who logged in in one goes on in
 * the other, and each region serves its own while the link is cut. docs/reference/gateway.md says what becomes of a session
 * that both had changed.
 */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { RedisStore } from "connect-redis";
import express, { type Express } from "express";
import session from "express-session";
import { createClient } from "redis";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { BOTH, bothShow, EU, type Region, TwoRegions, US } from "../two-regions.js";

declare module "express-session" {
  interface SessionData {
    user: string;
    cart: string[];
  }
}

const SESSION_MS = 600_000;
let regions: TwoRegions;
/** The application's address in each region. */
const sites: string[] = [];
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  regions = await TwoRegions.start();
  for (const region of BOTH) sites.push(await serve(region));
});

afterEach(() => regions.mendAndClose());

afterAll(async () => {
  for (const close of closing.toReversed()) await close();
  await TwoRegions.stop();
});

async function serve(region: Region): Promise<string> {
  const client = createClient({ socket: regions.address(region) });
  await client.connect();
  const server = application(new RedisStore({ client })).listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(
    () => client.close(),
    async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function application(store: RedisStore): Express {
  const app = express();
  app.use(
    session({
      store,
      secret: "of the test",
      resave: false,
      saveUninitialized: false,
      cookie: { maxAge: SESSION_MS },
    }),
  );
  app.post("/login/:user", (request, response) => {
    request.session.user = request.params.user;
    request.session.cart = [];
    response.json(request.session.cart);
  });
  // What only looks at a session touches it: its time begins anew.
  app.get("/cart", (request, response) => {
    response.status(request.session.user === undefined ? 401 : 200).json(request.session.cart ?? null);
  });
  app.post("/cart/:item", (request, response) => {
    request.session.cart = [...(request.session.cart ?? []), request.params.item];
    response.json(request.session.cart);
  });
  app.post("/logout", (request, response) => {
    request.session.destroy(() => response.json(null));
  });
  return app;
}

/** One user's browser, which may be sent to any region. */
class Browser {
  private cookie = "";

  get(region: Region): Promise<unknown> {
    return this.ask(region, "GET", "/cart");
  }

  post(region: Region, path: string): Promise<unknown> {
    return this.ask(region, "POST", path);
  }

  /** In this region, and known in both. */
  async login(region: Region, user: string): Promise<void> {
    await this.post(region, `/login/${user}`);
    await bothShow((each) => this.get(each), []);
  }

  private async ask(region: Region, method: string, path: string): Promise<unknown> {
    const response = await fetch(`${sites[region]}${path}`, { method, headers: { cookie: this.cookie } });
    const [cookie] = response.headers.getSetCookie();
    if (cookie !== undefined) this.cookie = cookie.split(";")[0] ?? "";
    return response.ok ? await response.json() : response.status;
  }
}

test("who logged in in one region goes on in the other, and logs out of both", async () => {
  const browser = new Browser();
  await browser.login(US, "ann");
  expect(await browser.post(EU, "/cart/tea")).toEqual(["tea"]);
  await bothShow((region) => browser.get(region), ["tea"]);
  await browser.post(EU, "/logout");
  await bothShow((region) => browser.get(region), 401);
});

test("while the link is cut each region has sessions of its own, and afterwards those of both", async () => {
  await regions.link(false);
  const browsers = BOTH.map(() => new Browser());
  for (const [region, browser] of browsers.entries()) {
    await browser.post(region as Region, `/login/${region}`);
    expect(await browser.post(region as Region, "/cart/tea")).toEqual(["tea"]);
  }
  expect(await browsers[US]?.get(EU)).toBe(401);
  await regions.link(true);
  for (const browser of browsers) await bothShow((region) => browser.get(region), ["tea"]);
});

test("of a session that both changed meanwhile, the later change shows in both", async () => {
  const browser = new Browser();
  await browser.login(US, "ann");
  await regions.link(false);
  expect(await browser.post(EU, "/cart/tea")).toEqual(["tea"]);
  expect(await browser.post(US, "/cart/milk")).toEqual(["milk"]);
  await regions.link(true);
  await bothShow((region) => browser.get(region), ["milk"]);
});

test("a logout ends what was only looked at meanwhile", async () => {
  const browser = new Browser();
  await browser.login(US, "ann");
  await regions.link(false);
  await browser.post(US, "/logout");
  expect(await browser.get(EU)).toEqual([]);
  await regions.link(true);
  await bothShow((region) => browser.get(region), 401);
});

test("a session that was changed meanwhile survives the logout, in both, until the next", async () => {
  const browser = new Browser();
  await browser.login(US, "ann");
  await regions.link(false);
  await browser.post(US, "/logout");
  expect(await browser.post(EU, "/cart/tea")).toEqual(["tea"]);
  await regions.link(true);
  await bothShow((region) => browser.get(region), ["tea"]);
  await browser.post(US, "/logout");
  await bothShow((region) => browser.get(region), 401);
});
