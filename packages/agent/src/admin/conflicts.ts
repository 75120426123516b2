/**
 * The conflicts of all regions as one list. Each region lists the keys that may hold losers; a key is asked of the
 * first region that lists it and has some: regions that have applied the same writes keep the same ones. A region that
 * doesn't answer is named, and the list is what the others have.
 */
import { textOf } from "../errors.js";
import { agentLimits } from "../limits.js";
import type { Bytes, ConflictsDocument, ConflictsRequest, ConflictView } from "./documents.js";
import type { ConflictPage } from "./conflict-keys.js";
import type { ConflictSource, LosersRoom } from "./losers.js";

export async function gatherConflicts(
  sources: readonly ConflictSource[],
  request: ConflictsRequest,
): Promise<ConflictsDocument> {
  const gathering = new Gathering(request);
  const firstPages = await Promise.all(sources.map((source) => gathering.firstPage(source)));
  for (const [index, source] of sources.entries()) {
    const first = firstPages[index];
    if (first === undefined) continue;
    gathering.count(source, first);
    await gathering.ask(source, first);
  }
  return gathering.document();
}

class Gathering {
  private readonly counts: ConflictsDocument["counts"] = {};
  private readonly problems: ConflictsDocument["problems"] = [];
  private readonly conflicts: ConflictView[] = [];
  private readonly found = new Set<string>();
  private readonly room: LosersRoom;
  private keysLeft: number = agentLimits.conflictKeysMax;
  private isWhole = true;

  constructor(private readonly request: ConflictsRequest) {
    this.room = {
      conflicts: request.limit,
      bytes: agentLimits.conflictsBytesMax,
      valueBytes: request.key === undefined ? agentLimits.conflictValueBytesMax : agentLimits.conflictsBytesMax,
    };
  }

  firstPage(source: ConflictSource): Promise<ConflictPage | undefined> {
    return this.attempt(source, () => source.page("0"));
  }

  count({ region }: ConflictSource, { counts }: ConflictPage): void {
    this.counts[region] = counts;
  }

  async ask(source: ConflictSource, first: ConflictPage): Promise<void> {
    const { key } = this.request;
    await this.attempt(source, async () => {
      if (key === undefined) await this.askPages(source, first);
      else await this.askKeys(source, [key.toString("base64")]);
    });
  }

  document(): ConflictsDocument {
    const { counts, problems } = this;
    return { counts, conflicts: this.conflicts.toSorted(byKey), problems, whole: this.isWhole };
  }

  private async askPages(source: ConflictSource, first: ConflictPage): Promise<void> {
    let page = first;
    for (;;) {
      if (!(await this.askKeys(source, page.keysBase64)) || page.next === "0") return;
      page = await source.page(page.next);
    }
  }

  /** False where there is no room for more. */
  private async askKeys(source: ConflictSource, keysBase64: readonly string[]): Promise<boolean> {
    const wanted = keysBase64.filter((key) => !this.found.has(key));
    for (let at = 0; at < wanted.length; at += agentLimits.conflictKeysPage) {
      const some = wanted.slice(at, at + agentLimits.conflictKeysPage);
      this.keysLeft -= some.length;
      if (this.keysLeft < 0) {
        this.isWhole = false;
        return false;
      }
      const answer = await source.losers(some, this.room);
      this.room.conflicts -= answer.conflicts.length;
      this.room.bytes -= answer.bytes;
      if (!answer.whole) this.isWhole = false;
      for (const conflict of answer.conflicts) {
        this.conflicts.push(conflict);
        this.found.add(base64Of(conflict.key));
      }
      if (this.room.conflicts === 0 && !this.isWhole) return false;
    }
    return true;
  }

  private async attempt<Result>(source: ConflictSource, ask: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await ask();
    } catch (error) {
      this.problems.push({ region: source.region, problem: textOf(error) });
      return undefined;
    }
  }
}

function base64Of(bytes: Bytes): string {
  return typeof bytes === "string" ? Buffer.from(bytes, "utf8").toString("base64") : bytes.base64;
}

/** By the bytes of the key, then by place; the order in which regions list them is none. */
function byKey(a: ConflictView, b: ConflictView): number {
  const keys = base64Order(a.key, b.key);
  if (keys !== 0) return keys;
  return (a.index ?? -1) - (b.index ?? -1) || base64Order(a.part, b.part);
}

function base64Order(a: Bytes, b: Bytes): number {
  return Buffer.compare(Buffer.from(base64Of(a), "base64"), Buffer.from(base64Of(b), "base64"));
}
