/** Certificates in files: read, checked, and exchanged while the agent runs. For links as for clients. */
export { CertificateWatch, type CertificateListener } from "./certificate-watch.js";
export { readCertificate, TLS_VERSION_MIN, type TlsFiles, type TlsMaterial, validUntilMs } from "./certificates.js";
export { CertificateError } from "./errors.js";
