/**
 * Links over mutual TLS: the certificate of the moment for both of an agent's ends, exchanged when its files are.
 * Streams that are open go on with what they began with; the next ones use the new.
 */
import { createSecureContext } from "node:tls";
import { type ChannelCredentials, credentials, ServerCredentials } from "@grpc/grpc-js";
import { CertificateWatch, readCertificate, TLS_VERSION_MIN, type TlsMaterial, validUntilMs } from "../tls/index.js";
import { type CertifiedRegion, refusalOfCertificate } from "./certified-names.js";
import type { LinkError } from "./errors.js";

export interface LinkTlsFiles {
  readonly cert: string;
  readonly key: string;
  /** Who signs the certificates of the other regions' agents. */
  readonly ca: string;
}

export interface LinkCertificateListener {
  onExchange(validUntilMs: number): void;
  /** What stands in the files can't be used. */
  onProblem(error: Error): void;
}

export class LinkCertificates {
  readonly serverCredentials: ExchangeableCredentials;
  private readonly watch: CertificateWatch;

  /** Rejects where the files can't be used (MERIDIAN_BADCERTIFICATE). */
  static async read(files: LinkTlsFiles, listener: LinkCertificateListener): Promise<LinkCertificates> {
    return new LinkCertificates(files, await readCertificate(files), listener);
  }

  private constructor(
    files: LinkTlsFiles,
    private material: TlsMaterial,
    listener: LinkCertificateListener,
  ) {
    this.serverCredentials = new ExchangeableCredentials(material);
    this.watch = new CertificateWatch(files, material, {
      onCertificate: (exchanged) => {
        this.material = exchanged;
        this.serverCredentials.use(exchanged);
        listener.onExchange(validUntilMs(exchanged));
      },
      onProblem: (error) => listener.onProblem(error),
      onMended: () => listener.onExchange(validUntilMs(this.material)),
    });
  }

  get validUntilMs(): number {
    return validUntilMs(this.material);
  }

  /** For one dial. `onRefusal`: who answered is certified, but not as that region. */
  channelCredentials(region: CertifiedRegion, onRefusal: (error: LinkError) => void): ChannelCredentials {
    return credentials.createFromSecureContext(createSecureContext(contextOf(this.material)), {
      checkServerIdentity: (_host, certificate) => {
        const refusal = refusalOfCertificate(certificate, region);
        if (refusal !== undefined) onRefusal(refusal);
        return refusal;
      },
    });
  }

  /** Looks at the files now. */
  look(): Promise<void> {
    return this.watch.look();
  }

  stop(): void {
    this.watch.stop();
  }
}

/** Of a listener: whoever connects must show a certificate that the CA signs. */
class ExchangeableCredentials extends ServerCredentials {
  constructor(material: TlsMaterial) {
    super({ requestCert: true, rejectUnauthorized: true }, contextOf(material));
  }

  use(material: TlsMaterial): void {
    this.updateSecureContextOptions(contextOf(material));
  }

  override _equals(other: ServerCredentials): boolean {
    return other === this;
  }
}

function contextOf({ cert, key, ca }: TlsMaterial) {
  return { cert, key, ca, minVersion: TLS_VERSION_MIN } as const;
}
