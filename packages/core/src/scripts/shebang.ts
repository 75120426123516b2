/** The first line of a script, `#!lua flags=no-writes,allow-oom`, and that of a library, `#!lua name=mylib`. */
import { splitList } from "../state/text-list.js";
import { refuse, type ErrorReply } from "../errors.js";

export interface ScriptHeader {
  readonly hasShebang: boolean;
  readonly noWrites: boolean;
  readonly allowOom: boolean;
  /** Without the first line's text, but with its end: the lines keep their numbers. */
  readonly body: string;
}

export interface LibraryHeader {
  readonly name: string;
  readonly body: string;
}

export const scriptFlags = ["no-writes", "allow-oom", "allow-stale", "no-cluster", "allow-cross-slot-keys"];

const FLAGS = "flags=";
const NAME = "name=";

export function scriptHeader(code: string): ScriptHeader | ErrorReply {
  if (code.substring(0, 2) !== "#!") return { hasShebang: false, noWrites: false, allowOom: false, body: code };
  const end = code.indexOf("\n");
  if (end < 0) return refuse("ERR Invalid script shebang");
  const words = splitWords(code.substring(0, end));
  if (words === undefined) return refuse("ERR Invalid engine in script shebang");
  if (words[0] !== "#!lua") return refuse(`ERR Unexpected engine in script shebang: ${words[0]!}`);
  const given: Record<string, true | undefined> = {};
  for (let at = 1; at < words.length; at++) {
    const word = words[at]!;
    if (word.substring(0, FLAGS.length) !== FLAGS) return refuse(`ERR Unknown lua shebang option: ${word}`);
    for (const flag of splitFlags(word.substring(FLAGS.length))) {
      if (!isScriptFlag(flag)) return refuse(`ERR Unexpected flag in script shebang: ${flag}`);
      given[flag] = true;
    }
  }
  return {
    hasShebang: true,
    noWrites: given["no-writes"] === true,
    allowOom: given["allow-oom"] === true,
    body: code.substring(end),
  };
}

export function isScriptFlag(flag: string): boolean {
  for (const known of scriptFlags) if (known === flag) return true;
  return false;
}

export function libraryHeader(code: string): LibraryHeader | ErrorReply {
  if (code.substring(0, 2) !== "#!") return refuse("ERR Missing library metadata");
  const end = code.indexOf("\n");
  const words = end < 0 ? undefined : splitWords(code.substring(0, end));
  if (words === undefined) return refuse("ERR Invalid library metadata");
  let name: string | undefined;
  for (let at = 1; at < words.length; at++) {
    const word = words[at]!;
    if (word.substring(0, NAME.length).toLowerCase() !== NAME) {
      return refuse(`ERR Invalid metadata value given: ${word}`);
    }
    if (name !== undefined) return refuse("ERR Invalid metadata value, name argument was given multiple times");
    name = word.substring(NAME.length);
  }
  if (name === undefined) return refuse("ERR Library name was not given");
  if (!isName(name)) return refuse(BAD_NAME);
  const engine = words[0]!.substring(2);
  if (engine.toLowerCase() !== "lua") return refuse(`ERR Engine '${engine}' not found`);
  return { name, body: code.substring(end) };
}

/** Redis says so of functions too. */
export const BAD_NAME =
  "ERR Library names can only contain letters, numbers, or underscores(_) and must be at least one character long";

/** Letters, digits and underscores, at least one. */
export function isName(name: string): boolean {
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at);
    const isDigit = code >= 48 && code <= 57;
    const isLetter = (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
    if (!isDigit && !isLetter && code !== 95) return false;
  }
  return name !== "";
}

/** Words between blanks; quotes around what holds blanks. Undefined where a quote is not closed. */
function splitWords(line: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < line.length; at++) {
    const letter = line.substring(at, at + 1);
    if (quote !== "") {
      if (letter === quote) quote = "";
      else word = (word ?? "") + letter;
    } else if (letter === '"' || letter === "'") {
      quote = letter;
      word ??= "";
    } else if (letter === " " || letter === "\t" || letter === "\r") {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + letter;
    }
  }
  if (word !== undefined) words.push(word);
  return quote === "" ? words : undefined;
}

function splitFlags(text: string): string[] {
  return text === "" ? [] : splitList(text);
}
