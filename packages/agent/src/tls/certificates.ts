/**
 * The files of TLS: read and checked against each other, so that what is wrong is told by the name of the file, and
 * nothing half-written is ever used.
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { CertificateError } from "./errors.js";

export interface TlsFiles {
  /** The certificate, followed by those between it and the root. */
  readonly cert: string;
  readonly key: string;
  /** Who signs the certificates of those who connect. */
  readonly ca?: string | undefined;
}

/** What stands in the files, as PEM: it goes to processes of the gateway as it is. */
export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  readonly ca: string | undefined;
}

export const TLS_VERSION_MIN = "TLSv1.2";

export async function readCertificate(files: TlsFiles): Promise<TlsMaterial> {
  const [cert, key, ca] = await Promise.all([
    read(files.cert),
    read(files.key),
    files.ca === undefined ? undefined : read(files.ca),
  ]);
  const material = { cert, key, ca };
  check(files, material);
  return material;
}

/** Until when the certificate is good. */
export function validUntilMs({ cert }: TlsMaterial): number {
  return Date.parse(new X509Certificate(cert).validTo);
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw bad(file, error, "check the path, and that the agent's user may read it");
  }
}

function check(files: TlsFiles, material: TlsMaterial): void {
  const certificate = attempt(files.cert, "it must be a certificate in PEM", () => new X509Certificate(material.cert));
  const key = attempt(files.key, "it must be a private key in PEM, without a passphrase", () =>
    createPrivateKey(material.key),
  );
  const { ca } = material;
  if (files.ca !== undefined && ca !== undefined) {
    attempt(files.ca, "it must be one or more certificates in PEM", () => new X509Certificate(ca));
  }
  if (!certificate.checkPrivateKey(key)) {
    throw bad(files.key, `it is not the key of ${files.cert}`, "put the two that belong together there");
  }
  attempt(files.cert, "it must be one that TLS takes", () =>
    createSecureContext({ ...material, minVersion: TLS_VERSION_MIN }),
  );
}

function attempt<Result>(file: string, remedy: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    throw bad(file, error, remedy);
  }
}

function bad(file: string, problem: unknown, remedy: string): CertificateError {
  const reason = problem instanceof Error ? problem.message : String(problem);
  return new CertificateError({ file, reason, remedy }, problem);
}
