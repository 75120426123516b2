/**
 * agents: which agents serve this partition's region, and which one of them replicates for all. It is kept in the
 * server's memory, beside the data and never in it: nothing of it is replicated, logged or counted, a full server keeps
 * it, and a server that starts anew knows of nobody.
 *
 * 1. No clock decides. Each sign of life of the holder moves the serial; whoever saw it stand still for long enough, by
 *    its own clock, takes the place, and only if it still stands where it was seen.
 * 2. The server only keeps what it is told. Two agents that both believe to be the one do no harm, they do work twice.
 */
import { refuse } from "../errors.js";
import { host, integerOf, type Reply } from "../host.js";
import { noteQuestion } from "../state/fresh.js";

interface Seat {
  /** Who holds it; "": nobody. */
  holder: string;
  /** Whether the last holder left of its own will. */
  wasLeft: boolean;
  /** Begins at the wall clock: not to be mistaken for one of before a restart. */
  serial: number;
  /** What the holder says about its work, and about what other regions hold; for the others. */
  told: string;
  held: string;
  /** What each agent asks the holder: whether other regions hold all that was written before its question of this number. */
  asks: Record<string, number | undefined>;
  /** When each agent was last heard, Unix ms, and what it says about itself. */
  heard: Record<string, { atMs: number; about: string } | undefined>;
}

/** Who was not heard for longer is forgotten. */
const FORGOTTEN_MS = 60_000;
const AGENTS_MAX = 64;
const TEXT_BYTES_MAX = 1024 * 1024;

/**
 *     agents beat ID ABOUT CLAIM [TOLD]   a sign of life; CLAIM: "", or the serial at which it takes the place
 *     agents leave ID                     it serves no more
 *     agents hold ID HELD                 what other regions hold, from the holder
 *     agents held                         that
 *     agents ask ID NUMBER                a question to the holder, who sees it in the answer to mer_fresh
 *     agents asks                         all of them: [id, number, ...], of each agent the latest
 *
 * `beat` answers [holder, 1 where the last one left, serial, told, [id, about, ms since it was heard, ...]].
 */
export function agents(root: string, args: string[]): Reply {
  const [, action, id = "", about = "", claim = "", told = ""] = args;
  const time = host.call("TIME") as string[];
  const nowMs = integerOf(time[0]!) * 1000 + Math.floor(integerOf(time[1]!) / 1000);
  const seat = seatOf(root, nowMs);
  for (const text of args) if (text.length > TEXT_BYTES_MAX) return refuse("MERIDIAN_BADAGENT a text that is too long");
  if (action === "held") return seat.held;
  if (action === "asks") return asksOf(seat);
  if (id === "") return refuse("MERIDIAN_BADAGENT an agent has a name");
  if (action === "hold") {
    if (seat.holder === id) seat.held = about;
    return seat.held;
  }
  if (action === "ask") {
    seat.asks[id] = integerOf(about);
    noteQuestion();
    return { ok: "OK" };
  }
  if (action === "leave") {
    leaveSeat(seat, id);
    return { ok: "OK" };
  }
  if (action !== "beat") return refuse("MERIDIAN_BADAGENT it takes beat, leave, hold, held, ask or asks");
  beat(seat, id, claim, told);
  seat.heard[id] = { atMs: nowMs, about };
  forget(seat, nowMs);
  const others: Reply[] = [];
  for (const name in seat.heard) others.push(name, seat.heard[name]!.about, nowMs - seat.heard[name]!.atMs);
  const isHolder = seat.holder === id;
  return [seat.holder, seat.wasLeft ? 1 : 0, host.integerText(seat.serial), isHolder ? "" : seat.told, others];
}

function seatOf(root: string, nowMs: number): Seat {
  const name = `agents ${root}`;
  const known = host.memory[name] as Seat | undefined;
  if (known !== undefined) return known;
  const seat: Seat = { holder: "", wasLeft: false, serial: nowMs, told: "", held: "", asks: {}, heard: {} };
  host.memory[name] = seat;
  return seat;
}

function beat(seat: Seat, id: string, claim: string, told: string): void {
  if (seat.holder !== id && claim !== host.integerText(seat.serial)) return;
  if (seat.holder !== id) seat.held = "";
  seat.holder = id;
  seat.wasLeft = false;
  seat.serial++;
  seat.told = told;
}

function asksOf(seat: Seat): Reply {
  const asks: Reply[] = [];
  for (const name in seat.asks) asks.push(name, seat.asks[name]!);
  return asks;
}

function leaveSeat(seat: Seat, id: string): void {
  delete seat.heard[id];
  delete seat.asks[id];
  if (seat.holder !== id) return;
  seat.holder = "";
  seat.wasLeft = true;
  seat.serial++;
}

/** Who is silent, and where the clock was set back who was heard later than now. */
function forget(seat: Seat, nowMs: number): void {
  const silent: string[] = [];
  let count = 0;
  for (const name in seat.heard) {
    const agoMs = nowMs - seat.heard[name]!.atMs;
    count++;
    if (agoMs < 0 || agoMs > FORGOTTEN_MS || count > AGENTS_MAX) silent.push(name);
  }
  for (const name of silent) {
    delete seat.heard[name];
    delete seat.asks[name];
  }
}
