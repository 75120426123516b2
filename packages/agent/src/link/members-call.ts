/** Asks a peer which regions there are, and says what is known here: one call, one answer. */
import type { ServiceError } from "@grpc/grpc-js";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { openChannel } from "./channel.js";
import { LinkError } from "./errors.js";
import type { ExportCallOptions } from "./export-call.js";
import { MembersReplySchema, MembersRequestSchema } from "./gen/meridian/link/v1/link_pb.js";
import { helloOf } from "./handshake.js";
import { linkLimits } from "./limits.js";
import { linkErrorOf } from "./remote-errors.js";
import { asBytes, fromBytes, MEMBERS_PATH } from "./service.js";

/** Rejects with a LinkError where the peer is not reached, or refuses. */
export async function callMembers(options: ExportCallOptions, text: Uint8Array): Promise<Uint8Array> {
  const { peer, address, identity, link, ownOrigin } = options;
  let refusal: LinkError | undefined;
  const onRefusal = (error: LinkError): void => void (refusal = error);
  const client = openChannel({ peer, address, identity, link, windowBytes: linkLimits.messageBytesMax, onRefusal });
  const hello = helloOf({ identity, peer, link, ownOrigin });
  const request = toBinary(MembersRequestSchema, create(MembersRequestSchema, { hello, text }));
  const deadline = Date.now() + linkLimits.membersMsMax;
  try {
    const reply = await new Promise<Uint8Array>((resolve, reject) => {
      client.makeUnaryRequest(MEMBERS_PATH, asBytes, fromBytes, request, { deadline }, (error, bytes) => {
        if (error !== null || bytes === undefined) reject(error ?? new RangeError("nothing came"));
        else resolve(bytes);
      });
    });
    return fromBinary(MembersReplySchema, reply).text;
  } catch (error) {
    if (!(error instanceof Error && "metadata" in error)) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new LinkError("LINK_CORRUPT", { peer, reason }, error);
    }
    throw linkErrorOf(error as ServiceError, { peer, address, refusal, isTls: link.certificates !== undefined });
  } finally {
    client.close();
  }
}
