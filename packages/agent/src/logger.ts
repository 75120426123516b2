/**
 * The agent's log on stderr, written by pino: JSON, one object a line, for programs; or text, `time level region: message
 * key=value ...`, as a person and `grep` read it. Both have the same fields, but that text leaves `event` out.
 *
 * Secrets never get here: nobody logs them. Should somebody, fields of such names are blanked, and addresses in texts lose
 * user and password.
 */
import { pino } from "pino";
import type { LogEvent } from "./log-events.js";
import { withoutSecrets } from "./secrets.js";

export const LOG_LEVELS = ["info", "warn", "error"] as const;
export const LOG_FORMATS = ["text", "json"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFormat = (typeof LOG_FORMATS)[number];

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>> & {
  /** What happened, for programs; "other" without it. */
  readonly event?: LogEvent;
};

export interface Logger {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export interface LogSink {
  write(line: string): unknown;
}

export interface LogOptions {
  /** Less than that is not logged. */
  readonly level?: LogLevel | undefined;
  readonly format?: LogFormat | undefined;
  readonly sink?: LogSink;
  readonly now?: () => Date;
}

/** Of fields with these names nothing is logged but that they were there. */
const SECRET_FIELDS = ["password", "username", "secret", "token", "key", "privateKey", "auth"];
/** Ours, which a caller's field must not stand twice with. */
const OWN_FIELDS = new Set(["time", "level", "region", "event", "msg"]);

export function createLogger(region: string, options: LogOptions = {}): Logger {
  const { level = "info", format = "text", sink = process.stderr, now = () => new Date() } = options;
  const lines = format === "json" ? sink : { write: (line: string) => sink.write(textLine(line)) };
  const log = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${now().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_FIELDS, censor: "***" },
    },
    { write: (line: string): void => void lines.write(line) },
  );
  const write = (lineLevel: LogLevel, message: string, { event = "other", ...fields }: LogFields = {}): void => {
    log[lineLevel]({ region, event, ...safe(fields) }, withoutSecrets(message));
  };
  return {
    info: (message, fields) => write("info", message, fields),
    warn: (message, fields) => write("warn", message, fields),
    error: (message, fields) => write("error", message, fields),
  };
}

function safe(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      OWN_FIELDS.has(name) ? `${name}Named` : name,
      typeof value === "string" ? withoutSecrets(value) : value,
    ]),
  );
}

/** What pino wrote, as a person reads it. */
function textLine(json: string): string {
  const { level, time, region, msg, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const pairs = Object.entries(fields).filter(([name]) => name !== "event");
  const tail = pairs.map(([name, value]) => ` ${name}=${quoted(String(value))}`).join("");
  return `${String(time)} ${String(level).padEnd(5)} ${String(region)}: ${oneLine(String(msg))}${tail}\n`;
}

function quoted(value: string): string {
  return /^[\w.:~/@{}-]+$/.test(value) ? value : JSON.stringify(value);
}

function oneLine(text: string): string {
  return text.replaceAll("\n", " | ");
}
