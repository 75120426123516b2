/**
 * The agent's log: one line an event on stderr, `time level region message key=value ...`, as a person and `grep` read
 * it. Secrets never get here: addresses are logged without user and password.
 */
export type LogLevel = "info" | "warn" | "error";
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Logger {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export interface LogSink {
  write(line: string): unknown;
}

export function createLogger(name: string, sink: LogSink = process.stderr, now: () => Date = () => new Date()): Logger {
  const log = (level: LogLevel, message: string, fields: LogFields = {}): void => {
    const pairs = Object.entries(fields).filter(([, value]) => value !== undefined);
    const tail = pairs.map(([key, value]) => ` ${key}=${quoted(String(value))}`).join("");
    sink.write(`${now().toISOString()} ${level.padEnd(5)} ${name}: ${oneLine(message)}${tail}\n`);
  };
  return {
    info: (message, fields) => log("info", message, fields),
    warn: (message, fields) => log("warn", message, fields),
    error: (message, fields) => log("error", message, fields),
  };
}

function quoted(value: string): string {
  return /^[\w.:~/@{}-]+$/.test(value) ? value : JSON.stringify(value);
}

function oneLine(text: string): string {
  return text.replaceAll("\n", " | ");
}
