/**
 * The text of INFO as a client of a region is to see it: without Meridian's own keys in the count of keys, with the clients
 * that wait in the gateway, and with a section about Meridian.
 */

/** `keys`: how many keys show; undefined where that is not known, and the server's number stays. */
export function infoWith(text: string, section: string, keys: number | undefined, waitingClients: number): string {
  const counted = keys === undefined ? text : withKeys(text, keys);
  const waiting = counted.replace(/^(blocked_clients:)(\d+)/m, (_line, name: string, count: string) => {
    return `${name}${Number(count) + waitingClients}`;
  });
  return waiting === "" || section === "" ? waiting + section : `${waiting}\r\n${section}`;
}

/** A database without keys has no line. */
function withKeys(text: string, keys: number): string {
  return text.replace(/^db0:keys=\d+(.*\r\n)/m, (_line, rest: string) => (keys > 0 ? `db0:keys=${keys}${rest}` : ""));
}
