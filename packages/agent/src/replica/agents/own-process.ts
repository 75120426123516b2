/**
 * What an agent says about its process, so that another on the same machine sees at once when that has ended. Where the
 * machine does not say which one it is, nothing is said, and silence has to tell.
 */
import { readFileSync, readlinkSync } from "node:fs";

/** Of this process; null: not to be told from those of other machines. */
export function ownMachine(): string | null {
  try {
    // Process ids mean something only within one run of one machine, and there within one namespace.
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return null;
  }
}

/** Whether the process is one of this machine, and is no more. */
export function hasEnded(machine: string | null, pid: number): boolean {
  if (machine === null || machine !== ownMachine() || pid === process.pid) return false;
  try {
    process.kill(pid, 0); // sends nothing
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
