/** The token of the admin API, in a file of its own as other secrets; read at the start and again on a reload. */
import { readFile } from "node:fs/promises";
import { AgentError, textOf } from "./errors.js";
import { agentLimits } from "./limits.js";
import type { Logger } from "./logger.js";

export class AdminToken {
  private token: string | undefined;

  constructor(private readonly file: string | undefined) {}

  get value(): string | undefined {
    return this.token;
  }

  /** Rejects where there is none in the file. */
  async read(): Promise<void> {
    const { file } = this;
    if (file === undefined) return;
    const text = await readFile(file, "utf8").catch((error: unknown) => {
      throw refused(file, `it can't be read (${textOf(error)})`);
    });
    const token = text.trim();
    const least = agentLimits.tokenCharactersMin;
    if (token.length < least || token.length > agentLimits.tokenBytesMax || /\s/.test(token)) {
      throw refused(file, `it is no token: one word of at least ${least} characters`);
    }
    this.token = token;
  }

  /** What was read before stays where there is none now. */
  async readAgain(log: Logger): Promise<void> {
    await this.read().catch((error: unknown) => log.error(textOf(error), { event: "admin-fault" }));
  }
}

function refused(file: string, problem: string): AgentError {
  const remedy = "write one with: openssl rand -hex 32";
  return new AgentError("MERIDIAN_BADCONFIG", { place: file, problem, remedy });
}
