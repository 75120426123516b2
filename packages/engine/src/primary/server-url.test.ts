/** What `server.url` may say. */
import { expect, test } from "vitest";
import { parseServerUrl, serverLogin } from "./server-url.js";

test("one server, as ever", () => {
  expect(parseServerUrl("rediss://u:p%40ss@db.test:6380/0")).toEqual({
    kind: "one",
    server: { host: "db.test", port: 6380, tls: true, username: "u", password: "p@ss" },
  });
});

test("several servers share the login", () => {
  const login = { username: "u", password: "p", tls: false };
  expect(parseServerUrl("redis://u:p@one.test,[::1]:7000,two.test:7001")).toEqual({
    kind: "list",
    servers: [
      { host: "one.test", port: 6379, ...login },
      { host: "::1", port: 7000, ...login },
      { host: "two.test", port: 7001, ...login },
    ],
  });
});

test("a cluster is named by some of its nodes", () => {
  const login = { username: "u", password: "p", tls: true };
  expect(parseServerUrl("clusters://u:p@one.test,two.test:7001")).toEqual({
    kind: "cluster",
    servers: [
      { host: "one.test", port: 6379, ...login },
      { host: "two.test", port: 7001, ...login },
    ],
  });
  expect(parseServerUrl("cluster://one.test:7000")).toMatchObject({ kind: "cluster", servers: [{ tls: false }] });
  expect(serverLogin("clusters://u:p@one.test,two.test")).toMatchObject(login);
});

test("Sentinels have a login of their own", () => {
  const access = { username: "watcher", password: "secret", tls: true, serverTls: true };
  expect(parseServerUrl("sentinel://u:p@one.test,two.test:7001/my%20cache", access)).toEqual({
    kind: "sentinel",
    name: "my cache",
    sentinels: [
      { host: "one.test", port: 26379, tls: true, username: "watcher", password: "secret" },
      { host: "two.test", port: 7001, tls: true, username: "watcher", password: "secret" },
    ],
    login: { username: "u", password: "p", tls: true },
  });
  expect(serverLogin("sentinel://u:p@one.test/cache", { password: "secret" })).toEqual({
    username: "u",
    password: "p",
    tls: false,
  });
});

test.each([
  ["sentinel://u:secret@one.test", "the name of the primary"],
  ["sentinel://u:secret@one.test/a/b", "the name of the primary"],
  ["sentinel://u:secret@one.test,/cache", "is no address"],
  ["redis://u:secret@one.test,,two.test", "is no address"],
  ["redis://u:secret@one.test,two.test/3", "database 3"],
  ["http://u:secret@one.test", "http: is not redis"],
])("%s is refused, without its password", (url, problem) => {
  let refusal = "";
  try {
    parseServerUrl(url);
  } catch (error) {
    refusal = String(error);
  }
  expect(refusal).toContain(problem);
  expect(refusal).not.toContain("secret");
});
