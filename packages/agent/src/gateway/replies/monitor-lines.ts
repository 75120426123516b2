/**
 * MONITOR, as it would be without Meridian: a call of the function is shown as the command, or commands, that the client
 * sent; what the function does, and what the region's agent says to the server, is not shown.
 */

/** A longer line, of a command with that large arguments, passes as it is. */
export const MONITOR_LINE_BYTES_MAX = 1024 * 1024;

/** `+1700000000.123456 [0 127.0.0.1:50000] "GET" "key"`: what goes before the command, and whence it comes. */
const LINE = /^\+[\d.]+ \[\d+ ([^\]]*)\] /;
const ARGUMENT = /"(?:[^"\\]|\\.)*"/g;
const CALL = /^"f?call"$/i;
const FUNCTIONS: readonly string[] = ['"mer"', '"mer_free"'];
/** FCALL, the function, the number of keys, the root. */
const CALL_ARGUMENTS = 4;

/** The line or lines to show in place of this one: all, none, or others. */
export function monitorLines(line: string, root: string): string {
  const head = LINE.exec(line);
  if (head === null) return line;
  if (head[1] === "lua") return "";
  const given = line.slice(head[0].length).match(ARGUMENT) ?? [];
  const isCall = CALL.test(given[0] ?? "") && FUNCTIONS.includes(given[1] ?? "");
  if (!isCall) return given.some((argument) => namesRoot(argument, root)) ? "" : line;
  return commandsOf(given.slice(CALL_ARGUMENTS))
    .map((command) => `${head[0]}${command.join(" ")}\r\n`)
    .join("");
}

function namesRoot(argument: string, root: string): boolean {
  const text = argument.slice(1, -1);
  return text === root || text.startsWith(`${root}:`);
}

/** Commands of clients are in upper case or as the client wrote them; Meridian's own are these words. */
const OWN: ReadonlySet<string> = new Set(
  ["configure", "members", "follow", "apply", "read", "state", "sweep", "trim", "inspect", "conflicts", "losers"].map(
    (name) => `"${name}"`,
  ),
);

function commandsOf(call: string[]): string[][] {
  const command = call[0] === '"resp3"' ? call.slice(1) : call;
  const name = command[0] ?? "";
  if (OWN.has(name)) return [];
  if (name !== '"pipeline"' && name !== '"transaction"') return [command];
  const commands: string[][] = [];
  for (let at = 1; at < command.length;) {
    const count = Number((command[at] ?? "").slice(1, -1));
    if (!(count > 0)) break;
    commands.push(command.slice(at + 1, at + 1 + count));
    at += 1 + count;
  }
  return commands;
}
