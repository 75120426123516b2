/** What a failed call says, as an error of ours. */
import { type ServiceError, status as grpcStatus } from "@grpc/grpc-js";
import { CODE_TRAILER, isLinkErrorCode, LinkError, RemoteLinkError } from "./errors.js";
import { dialFailure } from "./reasons.js";

export interface CallAbout {
  readonly peer: string;
  readonly address: string;
  /** Who answered is certified, but as somebody else. */
  readonly refusal: LinkError | undefined;
  /** It may be the handshake of TLS that failed. */
  readonly isTls: boolean;
}

export function linkErrorOf(error: ServiceError, { peer, address, refusal, isTls }: CallAbout): LinkError {
  const code = error.metadata?.get(CODE_TRAILER)[0];
  if (isLinkErrorCode(code)) return new RemoteLinkError(code, error.details);
  if (refusal !== undefined) return refusal;
  if (error.code === grpcStatus.RESOURCE_EXHAUSTED) {
    return new LinkError("LINK_CORRUPT", { peer, reason: error.details }, error);
  }
  const failure = dialFailure(error.details ?? String(error));
  return new LinkError(
    isTls && failure.isTls ? "LINK_TLS" : "LINK_UNREACHABLE",
    { peer, address, reason: failure.text },
    error,
  );
}
