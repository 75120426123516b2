/**
 * The errors of the wire: one table, code to text and to gRPC status. The code travels in the trailer `meridian-code`,
 * so that the other side knows it without reading a text.
 */
import { status } from "@grpc/grpc-js";

export const linkErrors = {
  LINK_VERSION: {
    status: status.FAILED_PRECONDITION,
    text: "region {peer} speaks link protocol {theirs} (Meridian {software}), this agent {ours}; run the same Meridian version in both",
  },
  LINK_NAMESPACE_DIFFERS: {
    status: status.FAILED_PRECONDITION,
    text: "the namespace here is {ours}, of {peer} it is {theirs}: two deployments; give the address of an agent of one's own, or every agent of one deployment the same namespace",
  },
  LINK_IDENTITY: {
    status: status.FAILED_PRECONDITION,
    text: "the certificate shown by {peer} is not one of that region (it has {names}); give it one with the name {uri} or {dns}",
  },
  LINK_TLS: {
    status: status.FAILED_PRECONDITION,
    text: "no encrypted link to {peer} at {address} ({reason}); see that both agents have link.tls, and each a certificate that the other's ca signs",
  },
  LINK_UNKNOWN_REGION: {
    status: status.FAILED_PRECONDITION,
    text: "region {peer} is not among this agent's regions {regions}; add it with 'meridian region add {peer}', or, before the first start, name it in 'regions' of every agent",
  },
  LINK_WRONG_REGION: {
    status: status.FAILED_PRECONDITION,
    text: "this is region {region}, not {expected}; give the address of {expected}",
  },
  LINK_REGIONS_DIFFER: {
    status: status.FAILED_PRECONDITION,
    text: "the regions here are {ours}, in {peer} {theirs}; give every agent the same list in the same order",
  },
  LINK_FORGOTTEN: {
    status: status.FAILED_PRECONDITION,
    text: "region {peer} was forgotten in {region}: nothing of it is taken any more; save what only it has with 'meridian inspect', and start it with an empty server under a new name",
  },
  LINK_REMOVED: {
    status: status.FAILED_PRECONDITION,
    text: "region {peer} was removed in {region}, which has all that it wrote; stop its agent and its server",
  },
  LINK_NO_MEMBERS: {
    status: status.UNAVAILABLE,
    text: "the members that {region} knows can't be told now ({reason}); it is asked again",
  },
  LINK_ROOT_DIFFERS: {
    status: status.FAILED_PRECONDITION,
    text: "the partitions here are {ours}, in {peer} {theirs}; give every agent the same 'partitions': slots where any region is a cluster",
  },
  LINK_GROUPS_DIFFER: {
    status: status.FAILED_PRECONDITION,
    text: "agents share the hash slots in {ours} groups here, in {peer} in {theirs}; run the same Meridian version in both",
  },
  LINK_NOT_READY: {
    status: status.UNAVAILABLE,
    text: "the agent of {region} does not reach its server yet; it is tried again",
  },
  LINK_STANDBY: {
    status: status.UNAVAILABLE,
    text: "this agent of {region} stands by, another one replicates; the other addresses of {region} are tried",
  },
  LINK_NO_STATE: {
    status: status.UNAVAILABLE,
    text: "{region} can't give its state away now ({reason}); it is asked again, or another region is",
  },
  LINK_CORRUPT: {
    status: status.INVALID_ARGUMENT,
    text: "a message of {peer} can't be read ({reason}); the link was closed and nothing of it was applied",
  },
  LINK_CLOSED: { status: status.ABORTED, text: "the link was closed ({reason})" },
  LINK_SILENT: {
    status: status.UNAVAILABLE,
    text: "{peer} was silent for {seconds} s; look at the network between the two",
  },
  LINK_UNREACHABLE: {
    status: status.UNAVAILABLE,
    text: "no answer from {peer} at {address} ({reason}); check the address and that its agent runs",
  },
  LINK_LISTEN: {
    status: status.UNAVAILABLE,
    text: "can't listen on {address} ({reason}); free the port, or give another one",
  },
} as const satisfies Record<string, { status: status; text: string }>;

export type LinkErrorCode = keyof typeof linkErrors;

/** The trailer that names the code. */
export const CODE_TRAILER = "meridian-code";

export class LinkError extends Error {
  override readonly name = "LinkError";

  constructor(
    readonly code: LinkErrorCode,
    details: Readonly<Record<string, string | number>>,
    cause?: unknown,
  ) {
    const { text } = linkErrors[code];
    super(
      text.replace(/\{(\w+)\}/g, (whole, name: string) => String(details[name] ?? whole)),
      cause === undefined ? {} : { cause },
    );
  }

  /** True where trying again changes nothing until somebody changes a configuration or a version. */
  get isRefusal(): boolean {
    return linkErrors[this.code].status === status.FAILED_PRECONDITION;
  }
}

/** A refusal that came over the wire: its text was made by the other side. */
export class RemoteLinkError extends LinkError {
  constructor(code: LinkErrorCode, text: string) {
    super(code, {});
    this.message = text;
  }
}

export function isLinkErrorCode(text: unknown): text is LinkErrorCode {
  return typeof text === "string" && Object.hasOwn(linkErrors, text);
}
