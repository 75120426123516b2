/** The error of certificate files; the start of an agent fails with it, and later it is told as an alarm. */
export class CertificateError extends Error {
  override readonly name = "CertificateError";
  readonly code = "MERIDIAN_BADCERTIFICATE";

  constructor({ file, reason, remedy }: { file: string; reason: string; remedy: string }, cause: unknown) {
    super(`${file} can't be used for TLS (${reason}); ${remedy}`, { cause });
  }
}
