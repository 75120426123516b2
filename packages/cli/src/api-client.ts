/** Asks the admin API of a running start. Every failure says which port, and what to do. */
import { parseBasePort, type ErrorDocument } from "@meridian/agent/api";
import { tokenHeaders } from "./admin-token.js";
import { CliError, RefusedError } from "./errors.js";

const ANSWER_MS_MAX = 15_000;

export async function askApi<Document>(basePort: string | undefined, path: string, body?: unknown): Promise<Document> {
  const port = parseBasePort(basePort);
  const response = await send(port, path, body);
  const text = await response.text();
  const document = parsed(text);
  if (document === undefined) throw new CliError("MERIDIAN_NOTMERIDIAN", { port, reason: `HTTP ${response.status}` });
  if (response.ok) return document as Document;
  const { error } = document as Partial<ErrorDocument>;
  if (error === undefined) throw new CliError("MERIDIAN_NOTMERIDIAN", { port, reason: `HTTP ${response.status}` });
  throw new RefusedError(error.code, error.message);
}

async function send(port: number, path: string, body: unknown): Promise<Response> {
  const headers = tokenHeaders();
  const json = { ...headers, "content-type": "application/json" };
  const post = { method: "POST", body: JSON.stringify(body), headers: json };
  try {
    return await fetch(`http://127.0.0.1:${port}${path}`, {
      ...(body === undefined ? { headers } : post),
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "TimeoutError") {
      throw new CliError("MERIDIAN_SLOW", { port, seconds: ANSWER_MS_MAX / 1000 }, error);
    }
    const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
    if (cause?.code === "ECONNREFUSED") throw new CliError("MERIDIAN_NOSTART", { port }, error);
    throw new CliError("MERIDIAN_NOTMERIDIAN", { port, reason: cause?.code ?? cause?.message ?? "no HTTP" }, error);
  }
}

function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
