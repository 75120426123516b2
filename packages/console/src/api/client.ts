/** Requests to the admin API that this page came from. Keys and values go in bodies, never in an address. */
import type { ErrorDocument } from "@meridian/agent/api";

/** What the API refused, in its words; `status` 0: it did not answer. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export async function get<T>(path: string): Promise<T> {
  return (await (await ask(path, {})).json()) as T;
}

export async function post<T>(path: string, body: unknown): Promise<T> {
  return (await (await postRaw(path, body)).json()) as T;
}

/** For answers that go on and on. */
export async function postRaw(path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return await ask(path, { method: "POST", headers, body: JSON.stringify(body), ...(signal ? { signal } : {}) });
}

async function ask(path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw new ApiError(0, "", "Meridian does not answer. Is it still running? This page goes on by itself when it is.");
  }
  if (response.ok) return response;
  const document = (await response.json().catch(() => undefined)) as Partial<ErrorDocument> | undefined;
  const { code = "", message = `the answer was ${response.status}` } = document?.error ?? {};
  throw new ApiError(response.status, code, message);
}
