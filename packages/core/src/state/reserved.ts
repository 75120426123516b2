/** Meridian's own keys: the root, and what begins with it and a colon. Nobody's operation may name one. */
export function isReserved(root: string, key: string): boolean {
  if (key.charCodeAt(0) !== root.charCodeAt(0)) return false;
  return key === root || key.substring(0, root.length + 1) === root + ":";
}
