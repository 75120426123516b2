/** The gRPC methods, their messages as plain bytes: they are decoded by us, so that a corrupt one gets our own error. */
import type { ServiceDefinition } from "@grpc/grpc-js";

export const REPLICATE_PATH = "/meridian.link.v1.LinkService/Replicate";

export const EXPORT_PATH = "/meridian.link.v1.LinkService/Export";

export const MEMBERS_PATH = "/meridian.link.v1.LinkService/Members";

export function asBytes(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function fromBytes(bytes: Buffer): Uint8Array {
  return bytes;
}

export const linkService = {
  replicate: {
    path: REPLICATE_PATH,
    requestStream: true,
    responseStream: true,
    requestSerialize: asBytes,
    requestDeserialize: fromBytes,
    responseSerialize: asBytes,
    responseDeserialize: fromBytes,
  },
  export: {
    path: EXPORT_PATH,
    requestStream: false,
    responseStream: true,
    requestSerialize: asBytes,
    requestDeserialize: fromBytes,
    responseSerialize: asBytes,
    responseDeserialize: fromBytes,
  },
  members: {
    path: MEMBERS_PATH,
    requestStream: false,
    responseStream: false,
    requestSerialize: asBytes,
    requestDeserialize: fromBytes,
    responseSerialize: asBytes,
    responseDeserialize: fromBytes,
  },
} as const satisfies ServiceDefinition;
