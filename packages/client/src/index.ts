/** An ioredis whose writes are function calls, made directly to the region's server. */
export { ClientError, type ClientErrorCode, clientErrorTexts } from "./errors.js";
export { limits as clientLimits } from "./limits.js";
export { Redis } from "./redis.js";
