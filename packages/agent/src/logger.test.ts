/** The log as text and as JSON: the same events, levels, and no secrets. */
import { expect, test } from "vitest";
import { createLogger, type LogFormat, type LogLevel } from "./logger.js";

function logging(format: LogFormat, level?: LogLevel) {
  const lines: string[] = [];
  const sink = { write: (line: string) => lines.push(line) };
  const now = () => new Date(0);
  return { lines, log: createLogger("us", { format, level, sink, now }) };
}

test("text is read by people: a line an event, values quoted where they need it", () => {
  const { lines, log } = logging("text");
  log.info("agent ready", { event: "agent-ready", link: "10.0.0.1:7301", peer: undefined, note: "a b" });
  log.error("two\nlines");
  expect(lines).toEqual([
    '1970-01-01T00:00:00.000Z info  us: agent ready link=10.0.0.1:7301 note="a b"\n',
    "1970-01-01T00:00:00.000Z error us: two | lines\n",
  ]);
});

test("JSON has time, level, region, event and the fields; a field never stands in place of one of those", () => {
  const { lines, log } = logging("json");
  log.warn("late", { event: "alarm", code: "REPLICA_WAITING", peer: "eu", region: "ap" });
  log.info("plain");
  const [first, second] = lines.map((line) => JSON.parse(line) as unknown);
  const base = { time: "1970-01-01T00:00:00.000Z", region: "us" };
  const fields = { code: "REPLICA_WAITING", peer: "eu", regionNamed: "ap" };
  expect(first).toEqual({ ...base, level: "warn", event: "alarm", ...fields, msg: "late" });
  expect(second).toEqual({ ...base, level: "info", event: "other", msg: "plain" });
});

test("less than the level is not logged", () => {
  const { lines, log } = logging("json", "warn");
  log.info("a");
  log.warn("b");
  log.error("c");
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(["b", "c"]);
});

test.each(["text", "json"] as const)("no secret gets into %s, even if somebody logs one", (format) => {
  const { lines, log } = logging(format);
  log.error("redis://user:hunter2@10.0.0.9:6379 refuses", { password: "hunter2", at: "rediss://:hunter2@h:1" });
  expect(lines.join("")).not.toContain("hunter2");
  expect(lines.join("")).toContain("10.0.0.9:6379 refuses");
});
