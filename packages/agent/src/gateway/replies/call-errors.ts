/** The errors of function calls, in the words that the client's own command would have got. */
import { errorReply } from "../errors.js";
import { ReplyKind, STREAM_AGAIN } from "./pending-replies.js";

export const FUNCTION_MISSING = "-ERR Function not found";
/** What a subscribed connection is told. */
const CALL_REFUSED = "-ERR Can't execute 'fcall'";
const WRONG_TYPE = "-WRONGTYPE ";
const STREAM_GONE = errorReply("streamGone");

/** `line` is the error as it came; `name` that of the command, where it is noted. */
export function callError(line: string, kind: ReplyKind, name: string, libraryLoading: Buffer): Buffer {
  // To FCALL the same words may say that the user's function is missing.
  if (line.startsWith(FUNCTION_MISSING) && kind !== ReplyKind.element && !name.startsWith("fcall")) {
    return libraryLoading;
  }
  if (name === STREAM_AGAIN && line.startsWith(WRONG_TYPE)) return STREAM_GONE;
  return Buffer.from(name === "" ? line : line.replace(CALL_REFUSED, CALL_REFUSED.replace("fcall", name)), "latin1");
}

/** Redis's words for a transaction of which nothing was done. */
export function discarded(error: Buffer): Buffer {
  return Buffer.concat([Buffer.from("-EXECABORT Transaction discarded because of: "), error.subarray(1)]);
}
