/**
 * A rule of the application for values that were written at once: what it is, checked; and what it makes of them, tried twice.
 */
import { RegionError } from "../errors.js";

/** One of the values that were written at once. */
export interface WrittenValue {
  /** As UTF-8. */
  readonly value: string;
  readonly bytes: Buffer;
  /** Where it was written; of equal values the latest is told. */
  readonly region: string;
  readonly stamp: string;
}

export interface ResolverInput {
  /** As UTF-8. */
  readonly key: string;
  /** Of a hash. */
  readonly field: string | undefined;
  /** Two or more, all different, the latest first: the same in every region. */
  readonly values: readonly WrittenValue[];
}

export interface Resolver {
  /** Is recorded with each value that it makes: 1 to 64 visible ASCII characters. */
  readonly name: string;
  /** A whole number. Changed code gets a higher one: what that made, a lower one lets be. */
  readonly version: number;
  /** Of the keys that it is for; with `connect`'s `keyPrefix`, if there is one. */
  readonly prefix: string;
  /** Strings (as it is without this), fields of hashes, or both. */
  readonly types?: readonly ("string" | "hash")[];
  /**
   * The one value that takes the place of all; undefined: they are left as they are. The same for the same input, in whichever
   * process of whichever region: no clock, no chance, nothing read.
   */
  readonly merge: (input: ResolverInput) => string | Buffer | undefined;
}

const NAME = /^[!-~]{1,64}$/;
const VERSION_MAX = 999_999_999;
const VALUE_BYTES_MAX = 511 * 1024 * 1024;

export function checkResolver({ name, version, prefix, types, merge }: Resolver): void {
  if (!NAME.test(name)) throw bad("its name is not 1 to 64 visible ASCII characters");
  if (!Number.isInteger(version) || version < 0 || version > VERSION_MAX) {
    throw bad(`its version is no whole number from 0 to ${VERSION_MAX}`);
  }
  if (typeof prefix !== "string") throw bad("it has no prefix: '' means all keys");
  if (types?.some((type) => type !== "string" && type !== "hash") === true || types?.length === 0) {
    throw bad("its types are 'string', 'hash' or both");
  }
  if (typeof merge !== "function") throw bad("it has no function 'merge'");
}

/** What the resolver makes of it; undefined: nothing. Throws where it fails, or is not the same twice. */
export function makeOf({ name: resolver, version, merge }: Resolver, input: ResolverInput): Buffer | undefined {
  const made: (Buffer | undefined)[] = [];
  for (let time = 0; time < 2; time++) {
    try {
      made.push(bytesOf(merge(copyOf(input))));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new RegionError("MERIDIAN_RESOLVERFAILED", { resolver, version, reason });
    }
  }
  const [first, second] = made;
  const isSame = first === undefined || second === undefined ? first === second : first.equals(second);
  if (!isSame) throw new RegionError("MERIDIAN_RESOLVERUNSTEADY", { resolver, version });
  return first;
}

/** Each time anew, for whoever changes what it is given. */
function copyOf({ key, field, values }: ResolverInput): ResolverInput {
  return { key, field, values: values.map((value) => ({ ...value, bytes: Buffer.from(value.bytes) })) };
}

function bytesOf(made: unknown): Buffer | undefined {
  if (made === undefined) return undefined;
  if (typeof made !== "string" && !Buffer.isBuffer(made)) throw new Error("it made neither a text nor bytes");
  const bytes = typeof made === "string" ? Buffer.from(made) : made;
  if (bytes.length > VALUE_BYTES_MAX) throw new Error(`it made ${bytes.length} bytes`);
  return bytes;
}

function bad(problem: string): RegionError {
  return new RegionError("MERIDIAN_BADRESOLVER", { problem });
}
