/**
 * The regions that a command asks one by one: those of the running start, or, of a real deployment, those of the admin APIs that
 * `--admin URL` names (once for each region).
 */
import {
  parseBasePort,
  type ConflictsDocument,
  type DoctorDocument,
  type ErrorDocument,
  type HealthDocument,
  type InspectDocument,
  type ModeDocument,
  type ModeRequest,
  type ModeView,
  type StatusDocument,
  type VerifyAnswerTo,
  type VerifyQuestion,
  type VerifySource,
} from "@meridian/agent/api";
import { tokenHeaders } from "./admin-token.js";
import { CliError, RefusedError } from "./errors.js";

const ANSWER_MS_MAX = 30_000;

export interface AdminOptions {
  basePort?: string;
  admin?: string[];
}

/** Collects each `--admin` of a command line. */
export function collectUrl(url: string, before: string[] | undefined): string[] {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) throw new CliError("MERIDIAN_BADADMIN", { url });
  return [...(before ?? []), url.replace(/\/+$/, "")];
}

export class AdminRegions {
  private readonly urls: readonly string[];

  constructor({ basePort, admin }: AdminOptions) {
    this.urls = admin ?? [`http://127.0.0.1:${parseBasePort(basePort)}`];
  }

  /** What each of them says of all regions that it knows. */
  statuses(): Promise<StatusDocument[]> {
    return Promise.all(this.urls.map((url) => askUrl<StatusDocument>(url, "/api/status")));
  }

  health(): Promise<HealthDocument[]> {
    return Promise.all(this.urls.map((url) => askUrl<HealthDocument>(url, "/api/health")));
  }

  conflicts(): Promise<ConflictsDocument[]> {
    return Promise.all(this.urls.map((url) => askUrl<ConflictsDocument>(url, "/api/conflicts")));
  }

  /** A region that is named by two of them is asked by the first. */
  async sources(): Promise<VerifySource[]> {
    const found = new Map<string, VerifySource>();
    for (const url of this.urls) {
      const { regions } = await askUrl<StatusDocument>(url, "/api/status");
      for (const { region } of regions) if (!found.has(region)) found.set(region, sourceAt(url, region));
    }
    return [...found.values()];
  }

  /** A request is sent to each in turn: where one refuses, those after it are not asked. */
  async modes(request: ModeRequest | undefined): Promise<ModeView[]> {
    const views: ModeView[] = [];
    for (const url of this.urls) {
      const { regions } = await askUrl<ModeDocument>(url, "/api/mode", request);
      views.push(...regions);
    }
    return views;
  }

  async doctor(): Promise<DoctorDocument> {
    const documents = await Promise.all(this.urls.map((url) => askUrl<DoctorDocument>(url, "/api/doctor")));
    return { regions: documents.flatMap(({ regions }) => regions) };
  }

  async inspect(keyBase64: string): Promise<InspectDocument | undefined> {
    const query = new URLSearchParams({ keyBase64 });
    const path = `/api/inspect?${query.toString()}`;
    const documents = await Promise.all(this.urls.map((url) => askUrl<InspectDocument>(url, path)));
    const [first] = documents;
    return first && { key: first.key, regions: documents.flatMap(({ regions }) => regions) };
  }
}

function sourceAt(url: string, region: string): VerifySource {
  return {
    region,
    ask: <Q extends VerifyQuestion>(question: Q) => askUrl<VerifyAnswerTo<Q>>(url, "/api/verify", { region, question }),
  };
}

/** Of one agent, or the running start. */
export function adminUrl({ basePort, admin }: { basePort?: string; admin?: string }): string {
  if (admin === undefined) return `http://127.0.0.1:${parseBasePort(basePort)}`;
  return collectUrl(admin, undefined)[0]!;
}

export async function askUrl<Document>(url: string, path: string, body?: unknown): Promise<Document> {
  const headers = tokenHeaders();
  const json = { ...headers, "content-type": "application/json" };
  const post = { method: "POST", body: JSON.stringify(body), headers: json };
  let text: string;
  try {
    const response = await fetch(url + path, {
      ...(body === undefined ? { headers } : post),
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
    text = await response.text();
  } catch (error) {
    throw new CliError("MERIDIAN_NOADMIN", { url, reason: reasonOf(error) }, error);
  }
  const document = parsed(url, text) as Partial<ErrorDocument>;
  if (document.error !== undefined) throw new RefusedError(document.error.code, document.error.message);
  return document as Document;
}

function parsed(url: string, text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // no JSON: it is not ours
  }
  throw new CliError("MERIDIAN_NOADMIN", { url, reason: "what answers is not Meridian's admin API" });
}

function reasonOf(error: unknown): string {
  if (error instanceof DOMException && error.name === "TimeoutError") return `no answer in ${ANSWER_MS_MAX / 1000} s`;
  const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
  return cause?.code ?? cause?.message ?? "no HTTP";
}
