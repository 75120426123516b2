/**
 * Plays worked cases on three regions, of either kind.
 *
 * Many at once: a case is cut into rounds at its syncs, and one sync ends the round of all cases. That keeps the real
 * regions' links from being cut and mended hundreds of times. The cases don't meet, for each has its own names of keys;
 * those for which that isn't enough run alone (`runsAlone`).
 */
import { commandTable, type CommandEntry } from "@meridian/core";
import { REGIONS, type Check, type Expectation, type Step, type WorkedCase } from "./case.js";
import { matches, type Answer } from "./matching.js";

/** Three regions, cut off from each other except in `sync`. */
export interface World {
  run(region: number, command: readonly string[], entry: CommandEntry): Promise<Answer>;
  subscribe(region: number, channel: string): Promise<void>;
  /** The messages since it subscribed; may wait for so many. */
  received(region: number, channel: string, count: number): Promise<string[]>;
  /** Until these regions, numbers as in the cases, know the same; then they are cut off again. */
  sync(regions: readonly number[]): Promise<void>;
  /** The next step has a later clock than the one before, in all regions. */
  tick(): Promise<void>;
  wait(ms: number): Promise<void>;
  /** A clock of the time that passes though no case asks for it. */
  passingMs(): number;
  /** Of a key or channel of a case, where the world needs other names than it has elsewhere; such that cases don't meet. */
  nameOf?(id: string, name: string): string;
}

/** What happened, line by line; a line of a wrong reply says so. */
export class Outcome {
  readonly lines: string[] = [];
  readonly problems: string[] = [];

  note(line: string, wanted?: string): void {
    this.lines.push(wanted === undefined ? line : `${line}   <- wrong: ${wanted}`);
    if (wanted !== undefined) this.problems.push(`${line} (expected ${wanted})`);
  }
}

const UNTIL_ATTEMPTS_MAX = 1000;
const UNTIL_MS = 10;

const entries = new Map(commandTable.map((entry) => [entry.name, entry]));

export async function play(world: World, cases: readonly WorkedCase[]): Promise<Map<string, Outcome>> {
  const plays = cases.map((worked) => new Play(world, worked));
  while (plays.some((each) => !each.isOver)) {
    const syncs: (readonly number[])[] = [];
    for (const each of plays) {
      const regions = await each.round();
      if (regions !== undefined) syncs.push(regions);
    }
    if (syncs.length > 0) await world.sync(sameOf(syncs));
  }
  for (const each of plays) await each.checkAll();
  return new Map(plays.map((each) => [each.worked.id, each.outcome]));
}

/** A partial sync is one of every case that plays along, so cases with one run alone. */
function sameOf(syncs: readonly (readonly number[])[]): readonly number[] {
  const [first = []] = syncs;
  if (syncs.some((regions) => regions.join() !== first.join())) throw new Error("these cases can't be played together");
  return first;
}

class Play {
  readonly outcome = new Outcome();
  private next = 0;
  private readonly beganMs: number;

  constructor(
    private readonly world: World,
    readonly worked: WorkedCase,
  ) {
    this.beganMs = world.passingMs();
  }

  get isOver(): boolean {
    return this.next >= this.worked.steps.length;
  }

  /** The steps up to the next sync; the regions that sync then. */
  async round(): Promise<readonly number[] | undefined> {
    while (!this.isOver) {
      const step = this.worked.steps[this.next++] as Step;
      if ("sync" in step) {
        const regions = step.sync === true ? REGIONS : step.sync;
        this.outcome.note(`-- sync ${regions.join(" ")}`);
        return regions;
      }
      await this.step(step);
      if (this.worked.clock !== "still") await this.world.tick();
    }
    return undefined;
  }

  async checkAll(): Promise<void> {
    for (const expectation of this.worked.expect) await this.check(expectation);
  }

  private async step(step: Exclude<Step, { sync: unknown }>): Promise<void> {
    if ("waitMs" in step) {
      await this.world.wait(step.waitMs);
      this.outcome.note(`-- ${step.waitMs} ms pass`);
    } else if ("subscribe" in step) {
      await this.world.subscribe(step.at, this.nameOf(step.subscribe));
      this.outcome.note(`${step.at}> SUBSCRIBE ${step.subscribe}`);
    } else if ("until" in step) {
      await this.runUntil(step);
    } else {
      const { reply, ...rest } = step;
      if (reply === undefined) this.noteAnswer(step.at, step.run, await this.run(step.at, step.run));
      else await this.runCheck(step.at, { ...rest, reply });
    }
  }

  private async runUntil(step: { at: number; run: string; until: Check["reply"] }): Promise<void> {
    for (let attempt = 0; attempt < UNTIL_ATTEMPTS_MAX; attempt++) {
      const answer = await this.run(step.at, step.run);
      if (matches(answer, { reply: step.until })) return this.noteAnswer(step.at, step.run, answer);
      await this.world.wait(UNTIL_MS);
    }
    this.noteAnswer(step.at, step.run, await this.run(step.at, step.run), JSON.stringify(step.until));
  }

  private async check(expectation: Expectation): Promise<void> {
    if ("run" in expectation) {
      for (const region of REGIONS) await this.runCheck(region, expectation);
      return;
    }
    const { at, channel, received } = expectation;
    const messages = await this.world.received(at, this.nameOf(channel), received.length);
    const wanted = JSON.stringify(received);
    const line = `${at}: received on ${channel}: ${JSON.stringify(messages)}`;
    this.outcome.note(line, JSON.stringify(messages) === wanted ? undefined : wanted);
  }

  private async runCheck(region: number, check: Check): Promise<void> {
    const answer = await this.run(region, check.run);
    const isRight = matches(answer, check, this.passed(check.run));
    this.noteAnswer(region, check.run, answer, isRight ? undefined : JSON.stringify(check.reply));
  }

  /** What has passed of a time that TTL or PTTL tells, in its unit. */
  private passed(text: string): number {
    const passedMs = this.world.passingMs() - this.beganMs;
    if (text.startsWith("PTTL ")) return passedMs;
    return text.startsWith("TTL ") ? passedMs / 1000 : 0;
  }

  private noteAnswer(region: number, command: string, answer: Answer, wanted?: string): void {
    this.outcome.note(`${region}> ${command} -> ${JSON.stringify(answer)}`, wanted);
  }

  private run(region: number, text: string): Promise<Answer> {
    const command = text.split(" ");
    const entry = entries.get(command[0]?.toLowerCase() ?? "");
    if (entry === undefined) throw new Error(`cases.json, ${this.worked.id}: there is no command ${text}`);
    for (const at of namesIn(entry, command)) command[at] = this.nameOf(command[at] ?? "");
    return this.world.run(region, command, entry);
  }

  /** Of a key or channel, such that cases don't meet. */
  private nameOf(name: string): string {
    return this.world.nameOf?.(this.worked.id, name) ?? `${this.worked.id}:${name}`;
  }
}

/** Where a command has the names of keys, or of its channel. */
function namesIn({ name, keys }: CommandEntry, command: readonly string[]): number[] {
  if (name === "publish") return [1];
  if (name === "blmove" || name === "brpoplpush") return [1, 2]; // the table names the key that they wait for
  if (name === "sort") return [1, ...storePlaces(command)];
  if (name === "xgroup" || name === "xinfo") return [2];
  if (keys === "streams") return streamPlaces(command);
  if (typeof keys === "string") return [];
  if ("numkeys" in keys) return numberedPlaces(keys, command);
  const last = keys.last < 0 ? command.length + keys.last : keys.last;
  const places: number[] = STORING.includes(name) ? storePlaces(command) : [];
  for (let at = keys.first; at <= last; at += keys.step) places.push(at);
  return places;
}

/** They name a destination after a word. */
const STORING = ["georadius", "georadiusbymember"];

function storePlaces(command: readonly string[]): number[] {
  return command.flatMap((_word, at) => (/^STORE(DIST)?$/i.test(command[at - 1] ?? "") ? [at] : []));
}

/** STREAMS key [key ...] id [id ...] */
function streamPlaces(command: readonly string[]): number[] {
  const from = command.findIndex((word) => word.toUpperCase() === "STREAMS") + 1;
  return Array.from({ length: (command.length - from) / 2 }, (_, at) => from + at);
}

function numberedPlaces(keys: { numkeys: number; destination?: number }, command: readonly string[]): number[] {
  const count = Number(command[keys.numkeys]);
  const places = Array.from({ length: count }, (_, at) => keys.numkeys + 1 + at);
  return keys.destination === undefined ? places : [keys.destination, ...places];
}
