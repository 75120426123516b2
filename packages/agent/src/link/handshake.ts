/** Who may talk to whom: the checks of the first message each way. Pure. */
import { create } from "@bufbuild/protobuf";
import { LinkError } from "./errors.js";
import { GROUPS } from "./groups.js";
import { Compression, type Hello, HelloSchema, type Welcome } from "./gen/meridian/link/v1/link_pb.js";
import { type Identity, type LinkOptions, SLOTS_ROOT } from "./types.js";

/** Of the wire's meaning; a link between two different ones is refused by both. */
export const PROTOCOL_VERSION = 2;

export function protocolVersionOf(identity: Identity): number {
  return identity.protocolVersion ?? PROTOCOL_VERSION;
}

/** Whether every hash slot is a partition of its own. */
export function hasSlots(identity: Identity): boolean {
  return identity.root === SLOTS_ROOT;
}

/** Into how many groups slots are divided; 0: there are none. */
export function groupsOf(identity: Identity): number {
  return hasSlots(identity) ? GROUPS : 0;
}

/** Who we are and whom we mean to reach, without where we stand. */
export function helloOf(about: { identity: Identity; peer: string; link: LinkOptions; ownOrigin: string }): Hello {
  const { identity, peer, link, ownOrigin } = about;
  return create(HelloSchema, {
    protocolVersion: protocolVersionOf(identity),
    softwareVersion: identity.softwareVersion,
    region: identity.region,
    expectedRegion: peer,
    regions: [...identity.regions],
    root: identity.root,
    ownOrigin,
    namespace: identity.namespace,
    compressions: link.compression ? [Compression.DEFLATE] : [],
    agent: identity.agent ?? "",
    groups: groupsOf(identity),
  });
}

/** Why the receiver that says this can't be served; undefined where it can. */
export function refusalOfHello(hello: Hello, identity: Identity): LinkError | undefined {
  const refusal = refusalOfCaller(hello, identity);
  if (refusal !== undefined) return refusal;
  const [ours, theirs] = [identity.regions.join(","), hello.regions.join(",")];
  // Of two lists the shorter one may be old: who has it hears of the longer one in a moment.
  if (`${ours},`.startsWith(`${theirs},`) || `${theirs},`.startsWith(`${ours},`)) return undefined;
  return new LinkError("LINK_REGIONS_DIFFER", { peer: hello.region, ours, theirs });
}

/** The same for whoever asks about the members: it may have another list. */
export function refusalOfCaller(hello: Hello, identity: Identity): LinkError | undefined {
  const peer = hello.region;
  const version = refusalOfVersion(hello, identity);
  if (version !== undefined) return version;
  const namespace = refusalOfNamespace(hello, identity);
  if (namespace !== undefined) return namespace;
  const gone = identity.gone?.get(peer);
  if (gone !== undefined) {
    const code = gone === "removed" ? "LINK_REMOVED" : "LINK_FORGOTTEN";
    return new LinkError(code, { region: identity.region, peer });
  }
  if (!identity.regions.includes(peer) || peer === identity.region) {
    return new LinkError("LINK_UNKNOWN_REGION", { peer, regions: identity.regions.join(",") });
  }
  if (hello.expectedRegion !== identity.region) {
    return new LinkError("LINK_WRONG_REGION", { region: identity.region, expected: hello.expectedRegion });
  }
  if (hello.root !== identity.root) {
    const [ours, theirs] = [identity.root, hello.root].map(partitionsText) as [string, string];
    return new LinkError("LINK_ROOT_DIFFERS", { peer, ours, theirs });
  }
  return refusalOfGroups(hello, identity);
}

function refusalOfGroups(
  { region: peer, groups: theirs }: { region: string; groups: number },
  identity: Identity,
): LinkError | undefined {
  const ours = groupsOf(identity);
  return theirs === ours ? undefined : new LinkError("LINK_GROUPS_DIFFER", { peer, ours, theirs });
}

function partitionsText(root: string): string {
  return root === SLOTS_ROOT ? "slots" : `whole (${root})`;
}

/** Why what a sender answers is not the one we meant to reach. */
export function refusalOfWelcome(welcome: Welcome, expected: string, identity: Identity): LinkError | undefined {
  const version = refusalOfVersion(welcome, identity);
  if (version !== undefined) return version;
  const namespace = refusalOfNamespace(welcome, identity);
  if (namespace !== undefined) return namespace;
  if (welcome.region !== expected) return new LinkError("LINK_WRONG_REGION", { region: welcome.region, expected });
  return refusalOfGroups(welcome, identity);
}

function refusalOfVersion(
  them: { region: string; protocolVersion: number; softwareVersion: string },
  identity: Identity,
): LinkError | undefined {
  const ours = protocolVersionOf(identity);
  if (them.protocolVersion === ours) return undefined;
  const details = { peer: them.region, theirs: them.protocolVersion, ours, software: them.softwareVersion };
  return new LinkError("LINK_VERSION", details);
}

function refusalOfNamespace(
  { region: peer, namespace: theirs }: { region: string; namespace: string },
  { namespace: ours }: Identity,
): LinkError | undefined {
  return theirs === ours ? undefined : new LinkError("LINK_NAMESPACE_DIFFERS", { peer, ours, theirs });
}
