/** Why a dial failed, in fewer words than gRPC's and OpenSSL's. */
const GRPC_PREFIX = /^No connection established\. Last error: (?:Error: )?/;
const GRPC_SUFFIX = / Resolution note: .*$/s;
const OPENSSL = /[0-9A-F]{8,}:error:[0-9A-F]+:SSL routines:[^:]*:([^:]*):.*$/s;
const WHEN = / \(\d{4}-\d\d-\d\dT[^)]*\)\.?$/;
/** All that there is to know when the connection is accepted, and closed without a word. */
const ACCEPTED_AND_CLOSED = /^Failed to connect\.?$/;
const ABOUT_TLS = /\b(SSL|TLS|certificate|self-signed|alert|wrong version number)\b/i;

export interface DialFailure {
  readonly text: string;
  /** It is the handshake of TLS that failed. */
  readonly isTls: boolean;
}

export function dialFailure(details: string): DialFailure {
  const whole = details.replace(GRPC_SUFFIX, "").replace(GRPC_PREFIX, "").replace(WHEN, "");
  if (ACCEPTED_AND_CLOSED.test(whole)) {
    return {
      text: "the connection was accepted and closed: by a network that is cut, or because link.tls is in only one of the two agents, or its certificate is not taken by the other",
      isTls: false,
    };
  }
  const text = whole.replace(OPENSSL, (_all, words: string) =>
    words === "wrong version number" ? "wrong version number: it does not speak TLS" : words,
  );
  return { text: text.replace(/[.\s]+$/, ""), isTls: ABOUT_TLS.test(whole) };
}
