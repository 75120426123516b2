/** Certificates for tests, in files of a temporary folder. */
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "@meridian/testkit";
import { generate } from "selfsigned";

export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

/** Signed by itself, or by `ca`; `also`: its alternative names. */
export async function newCertificate(
  name: string,
  ca?: TestCertificate,
  also: { uri?: string; dns?: string } = {},
): Promise<TestCertificate> {
  const altNames = [
    ...(also.uri === undefined ? [] : [{ type: 6, value: also.uri } as const]),
    ...(also.dns === undefined ? [] : [{ type: 2, value: also.dns } as const]),
  ];
  const made = await generate([{ name: "commonName", value: name }], {
    keyType: "ec",
    algorithm: "sha256",
    ...(ca !== undefined && { ca: { key: ca.key, cert: ca.cert } }),
    extensions: [
      { name: "basicConstraints", cA: ca === undefined },
      ...(altNames.length === 0 ? [] : [{ name: "subjectAltName", altNames } as const]),
    ],
  });
  return { cert: made.cert, key: made.private };
}

export interface CertificateFolder {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
  /** Whole files, which replace those that are there. */
  put(files: Partial<Record<"cert" | "key" | "ca", string>>): void;
}

export function certificateFolder(path: string = tempDir("meridian-tls-").path): CertificateFolder {
  const folder = { cert: join(path, "tls.crt"), key: join(path, "tls.key"), ca: join(path, "ca.crt") };
  return {
    ...folder,
    put: (files) => {
      for (const [which, text] of Object.entries(files)) {
        const file = folder[which as keyof typeof folder];
        writeFileSync(`${file}.new`, text);
        renameSync(`${file}.new`, file);
      }
    },
  };
}
