/**
 * Whose certificate it is: the rule by which a certificate names a region of a deployment. One of its subject
 * alternative names must be, letter by letter,
 *
 *     URI  meridian://<namespace>/<region>      or      DNS  <region>.<namespace>.meridian
 *
 * A namespace has no dot, so no two regions share a name. Pure.
 */
import { LinkError } from "./errors.js";

export interface CertifiedRegion {
  readonly namespace: string;
  readonly region: string;
}

/** What Node tells of a certificate: "DNS:a, URI:b"; a name with anything odd in it stands in quotes. */
export interface ShownCertificate {
  readonly subjectaltname?: string | undefined;
}

const NAME = /([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^",]*)(?:, |$)/y;
const SHOWN_MAX = 300;

export function uriOf({ namespace, region }: CertifiedRegion): string {
  return `meridian://${namespace}/${region}`;
}

export function dnsNameOf({ namespace, region }: CertifiedRegion): string {
  return `${region}.${namespace}.meridian`;
}

/** Why the certificate is not one of the region; undefined where it is. */
export function refusalOfCertificate(
  certificate: ShownCertificate | undefined,
  region: CertifiedRegion,
): LinkError | undefined {
  const [uri, dns] = [uriOf(region), dnsNameOf(region)];
  const all = certificate?.subjectaltname ?? "";
  const names = namesOf(all);
  if (names.includes(`URI:${uri}`) || names.includes(`DNS:${dns}`)) return undefined;
  const shown = certificate === undefined ? "none was shown" : all === "" ? "no names" : all.slice(0, SHOWN_MAX);
  return new LinkError("LINK_IDENTITY", { peer: region.region, names: shown, uri, dns });
}

/** `TYPE:name` each; from the first that is out of form on, none. */
function namesOf(all: string): string[] {
  const names: string[] = [];
  NAME.lastIndex = 0;
  for (let at = 0; at < all.length; at = NAME.lastIndex) {
    NAME.lastIndex = at;
    const match = NAME.exec(all);
    if (match === null) break;
    names.push(`${match[1] ?? ""}:${match[2] ?? ""}`);
  }
  return names;
}
