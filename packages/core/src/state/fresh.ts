/**
 * Which partitions of this process got entries in their own logs, in the order of the latest ones: where there are thousands, an
 * agent asks for those that are news instead of looking at all.
 *
 *     FCALL mer_fresh 0 SINCE                            [instance, serial, [root ...], asked]
 *
 * SINCE is "" or "<instance> <serial>" of the answer before. It lies in the memory of the process: with the process, or a library
 * that is loaded again, all is forgotten, and the instance is another one; then the answer names all roots since that began. What
 * comes by `apply` is not named.
 *
 * `asked` counts the questions of agents to each other (commands/agents.ts) that this process was given: whoever it changes for looks at
 * them.
 *
 * Invariants
 * 1. A root whose own log grew after an answer is in the answer to its serial.
 * 2. An answer costs what it names; what is kept is bounded by the number of partitions.
 */
import { host, integerOf, type Reply } from "../host.js";

interface Fresh {
  readonly instance: string;
  serial: number;
  /** By root, its latest. */
  readonly serialOf: Record<string, number | undefined>;
  /** Roots in the order of their serials; one that has a later serial by now counts no more. */
  roots: string[];
  serials: number[];
  count: number;
  latest: string;
  /** Since the latest serial. */
  wasAsked: boolean;
  questions: number;
}

const MEMORY_NAME = "fresh";
const SLACK = 1024;

/** The partition's own log has grown. */
export function noteFresh(root: string): void {
  const fresh = remembered();
  if (fresh.latest === root && !fresh.wasAsked) return;
  fresh.serial++;
  if (fresh.serialOf[root] === undefined) fresh.count++;
  fresh.serialOf[root] = fresh.serial;
  fresh.roots.push(root);
  fresh.serials.push(fresh.serial);
  fresh.latest = root;
  fresh.wasAsked = false;
  if (fresh.roots.length > 2 * fresh.count + SLACK) compact(fresh);
}

/** An agent asks another one something. */
export function noteQuestion(): void {
  remembered().questions++;
}

export function freshSince(since: string): Reply {
  const fresh = remembered();
  const prefix = fresh.instance + " ";
  const isKnown = since.substring(0, prefix.length) === prefix;
  const from = isKnown ? integerOf(since.substring(prefix.length)) : 0;
  const roots: string[] = [];
  for (let at = fresh.roots.length - 1; at >= 0 && fresh.serials[at]! > from; at--) {
    if (fresh.serialOf[fresh.roots[at]!] === fresh.serials[at]) roots.push(fresh.roots[at]!);
  }
  fresh.wasAsked = true;
  return [fresh.instance, host.integerText(fresh.serial), roots, fresh.questions];
}

function remembered(): Fresh {
  const known = host.memory[MEMORY_NAME] as Fresh | undefined;
  if (known !== undefined) return known;
  const [seconds, microseconds] = host.call("TIME") as string[];
  const fresh: Fresh = {
    instance: `${seconds!}.${microseconds!}`,
    serial: 0,
    serialOf: {},
    roots: [],
    serials: [],
    count: 0,
    latest: "",
    wasAsked: false,
    questions: 0,
  };
  host.memory[MEMORY_NAME] = fresh;
  return fresh;
}

function compact(fresh: Fresh): void {
  const { roots, serials } = fresh;
  fresh.roots = [];
  fresh.serials = [];
  for (let at = 0; at < roots.length; at++) {
    if (fresh.serialOf[roots[at]!] !== serials[at]) continue;
    fresh.roots.push(roots[at]!);
    fresh.serials.push(serials[at]!);
  }
}
