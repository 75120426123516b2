/**
 * Notices that the files of TLS are others, and brings the new certificate when it is whole and good.
 *
 * The files are looked at by their paths, again and again, and nothing is subscribed to: so it makes no difference
 * whether they are written in place, renamed, or reached through links that are swapped (as Kubernetes does it), nor
 * on what file system they are.
 *
 * Invariant: what is in use stays in use until something better is there. A pair that does not fit is told once, and
 * tried again until it does.
 */
import { stat } from "node:fs/promises";
import { readCertificate, type TlsFiles, type TlsMaterial } from "./certificates.js";
import { tlsLimits } from "./limits.js";

export interface CertificateListener {
  onCertificate(material: TlsMaterial): void;
  /** What is there can't be used. */
  onProblem(error: Error): void;
  /** The problem is gone, and what was in use is what is there. */
  onMended(): void;
}

export class CertificateWatch {
  private readonly timer: NodeJS.Timeout;
  /** The looks of the files that are in use. */
  private seen: string | undefined;
  private problem: string | undefined;
  private looking: Promise<void> | undefined;

  constructor(
    private readonly files: TlsFiles,
    private current: TlsMaterial,
    private readonly listener: CertificateListener,
    everyMs: number = tlsLimits.certificateCheckMs,
  ) {
    this.timer = setInterval(() => void this.look(), everyMs);
    this.timer.unref();
  }

  /** Looks now; resolves when that is done. Never rejects. */
  look(): Promise<void> {
    this.looking ??= this.compare().finally(() => (this.looking = undefined));
    return this.looking;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async compare(): Promise<void> {
    try {
      const looks = await this.looks();
      if (looks === this.seen) return;
      const material = await readCertificate(this.files);
      if (looks !== (await this.looks())) return; // they are being written: the next look tells
      this.seen = looks;
      this.use(material);
    } catch (error) {
      this.tell(error as Error);
    }
  }

  private use(material: TlsMaterial): void {
    const wasWrong = this.problem !== undefined;
    const { cert, key, ca } = this.current;
    this.problem = undefined;
    if (material.cert === cert && material.key === key && material.ca === ca) {
      if (wasWrong) this.listener.onMended();
      return;
    }
    this.current = material;
    this.listener.onCertificate(material);
  }

  private tell(error: Error): void {
    this.seen = undefined;
    if (this.problem === error.message) return;
    this.problem = error.message;
    this.listener.onProblem(error);
  }

  private async looks(): Promise<string> {
    const { cert, key, ca } = this.files;
    const paths = ca === undefined ? [cert, key] : [cert, key, ca];
    const all = await Promise.all(paths.map((path) => stat(path, { bigint: true }).catch(() => undefined)));
    return all.map((one) => `${one?.dev}.${one?.ino}.${one?.size}.${one?.mtimeNs}.${one?.ctimeNs}`).join(" ");
  }
}
