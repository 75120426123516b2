/** Sessions, tokens, and how long who guesses has to wait. */
import type { IncomingMessage } from "node:http";
import { beforeEach, expect, test } from "vitest";
import { agentLimits } from "../../limits.js";
import { Access } from "./access.js";
import { SignInWaits } from "./sign-in-waits.js";

const TOKEN = "a-token-of-some-length";
let nowMs = 1_000_000;
let access: Access;

beforeEach(() => {
  access = new Access({
    signIn: "token",
    token: () => TOKEN,
    checkUser: () => Promise.reject(new Error("not asked")),
    nowMs: () => nowMs,
  });
});

function asked(headers: Record<string, string> = {}, remoteAddress = "10.0.0.1"): IncomingMessage {
  return { headers, socket: { remoteAddress, localPort: 7300 } } as unknown as IncomingMessage;
}

async function signIn(headers: Record<string, string> = {}): Promise<string> {
  return await access.begin(asked(headers), { token: TOKEN });
}

const nameAndValue = (cookie: string): string => cookie.split(";", 1)[0] ?? "";

test("a cookie stands for a session until it idles or ends", async () => {
  const cookie = await signIn();
  expect(cookie).toMatch(/^meridian_7300=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/);
  const request = asked({ cookie: `other=1; ${nameAndValue(cookie)}` });
  expect(access.require(request).user).toBeUndefined();
  nowMs += agentLimits.sessionIdleMsMax;
  expect(access.sessionOf(request)).toBeDefined();
  nowMs += agentLimits.sessionIdleMsMax + 1;
  expect(access.sessionOf(request)).toBeUndefined();

  const again = asked({ cookie: nameAndValue(await signIn()) });
  expect(access.sessionOf(again)).toBeDefined();
  expect(access.end(again)).toContain("Max-Age=0");
  expect(() => access.require(again)).toThrow("needs a sign-in");
});

test("over TLS the cookie stays there", async () => {
  expect(await signIn({ origin: "https://console.example" })).toContain("; Secure");
});

test("a program shows the token with each request", () => {
  expect(access.sessionOf(asked({ authorization: `Bearer ${TOKEN}` }))).toBeDefined();
  expect(access.sessionOf(asked({ authorization: `Bearer ${TOKEN}x` }))).toBeUndefined();
  expect(access.sessionOf(asked())).toBeUndefined();
});

test("who guesses waits longer and longer, others don't", async () => {
  const guess = (): Promise<string> => access.begin(asked(), { token: "guessed" });
  for (let tries = 0; tries < agentLimits.signInFailuresFree; tries++)
    await expect(guess()).rejects.toThrow("the token");
  await expect(guess()).rejects.toMatchObject({ code: "MERIDIAN_SIGNINWAIT" });
  await expect(signIn()).rejects.toMatchObject({ code: "MERIDIAN_SIGNINWAIT" });
  await expect(access.begin(asked({}, "10.0.0.2"), { token: TOKEN })).resolves.toContain("meridian_7300=");
  nowMs += agentLimits.signInWaitMsMax;
  await expect(signIn()).resolves.toContain("meridian_7300=");
});

test("as many addresses are remembered as the limits say, and waits have an end", () => {
  const waits = new SignInWaits();
  for (let tries = 0; tries < 100; tries++) waits.failed("first", 0);
  expect(waits.waitMs("first", 0)).toBe(agentLimits.signInWaitMsMax);
  for (let other = 0; other < agentLimits.signInAddressesMax; other++) waits.failed(`other ${other}`, 0);
  expect(waits.waitMs("first", 0)).toBe(0);
});

test("by ACL a user signs in, and no token", async () => {
  const asUser = new Access({ signIn: "acl", token: () => undefined, checkUser: () => Promise.resolve() });
  const cookie = await asUser.begin(asked(), { username: "ops", password: "secret" });
  expect(asUser.require(asked({ cookie: nameAndValue(cookie) })).user).toEqual({ username: "ops", password: "secret" });
  await expect(asUser.begin(asked(), { token: TOKEN })).rejects.toMatchObject({ code: "MERIDIAN_BADSIGNIN" });
  expect(asUser.sessionOf(asked({ authorization: `Bearer ${TOKEN}` }))).toBeUndefined();
});
