/**
 * The console's page as files: read once, served from memory.
 *
 * 1. What may be served is what was in the folder at the start: a path is looked up, never opened.
 * 2. Names below /assets/ carry a digest of what they hold, so they may be kept for ever; the page itself is asked for
 *    anew each time, and names them.
 * 3. The page may run and load only what comes from here (Content-Security-Policy): no script or style inside the
 *    markup, no frame around it, no form that goes elsewhere. So a value that were shown as markup could do nothing.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

/** Where the build puts it: beside this package, from sources and as built alike. */
const FOLDER = fileURLToPath(new URL("../../../console/dist/page/", import.meta.url));
const PAGE = "/index.html";
/** Each is the one page, which shows what its address says. */
const VIEWS: ReadonlySet<string> = new Set(["/", "/playground", "/keys", "/conflicts", "/health"]);

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

interface ConsoleFile {
  type: string;
  etag: string;
  plain: Buffer;
  packed: Buffer;
}

export class ConsoleFiles {
  private constructor(private readonly files: ReadonlyMap<string, ConsoleFile>) {}

  /** Undefined: it has not been built. */
  static read(folder: string = FOLDER): ConsoleFiles | undefined {
    if (!existsSync(join(folder, PAGE))) return undefined;
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => TYPES[extname(name)]);
    return new ConsoleFiles(new Map(names.map((name) => [`/${name}`, fileOf(join(folder, name))])));
  }

  /** Whether that was asked for, and answered. What else lives at `/` is for those who don't want a page. */
  answer(request: IncomingMessage, response: ServerResponse, path: string): boolean {
    if (request.method !== "GET") return false;
    const isView = VIEWS.has(path) && (path !== "/" || (request.headers.accept ?? "").includes("text/html"));
    const file = this.files.get(isView ? PAGE : path);
    if (file === undefined) return false;
    const isPacked = /\bgzip\b/.test(request.headers["accept-encoding"] ?? "");
    const headers = {
      etag: file.etag,
      vary: "accept, accept-encoding",
      "cache-control": path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache",
      "content-security-policy": POLICY,
      "cross-origin-opener-policy": "same-origin",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    };
    if (request.headers["if-none-match"] === file.etag) {
      response.writeHead(304, headers).end();
      return true;
    }
    const body = isPacked ? file.packed : file.plain;
    response.writeHead(200, {
      ...headers,
      "content-type": file.type,
      "content-length": body.length,
      ...(isPacked ? { "content-encoding": "gzip" } : {}),
    });
    response.end(body);
    return true;
  }
}

function fileOf(path: string): ConsoleFile {
  const plain = readFileSync(path);
  const digest = createHash("sha256").update(plain).digest("base64url").slice(0, 22);
  return { type: TYPES[extname(path)] ?? "", etag: `"${digest}"`, plain, packed: gzipSync(plain) };
}
