/** The tables of docs/reference/gateway.md, from the command table. */
import { commandTable, type CommandEntry } from "@meridian/core";

const HEADINGS: Readonly<Record<Exclude<CommandEntry["kind"], "refused" | "checked">, string>> = {
  read: "Reads, forwarded",
  write: "Writes, replicated",
  transaction: "Transactions",
  session: "About the connection, forwarded",
  admin: "About this region's server, forwarded",
};

export function commandReference(): string {
  const lines: string[] = ["| what | commands |", "| --- | --- |"];
  for (const [kind, heading] of Object.entries(HEADINGS)) {
    lines.push(`| ${heading} | ${names(commandTable.filter((entry) => entry.kind === kind))} |`);
  }
  lines.push("", "| by its arguments | forwarded | otherwise |", "| --- | --- | --- |");
  for (const entry of commandTable.filter(({ kind }) => kind === "checked")) {
    const passes = entry.forwarded?.map((word) => `\`${word.toUpperCase()}\``).join(" ") ?? entry.note ?? "all forms";
    const note = entry.forwarded !== undefined && entry.note !== undefined ? `; ${entry.note}` : "";
    lines.push(`| ${names([entry])} | ${passes}${note} | ${entry.instead ?? ""} |`);
  }
  lines.push("", "| refused | use instead |", "| --- | --- |");
  for (const [instead, entries] of refusedByRemedy()) lines.push(`| ${names(entries)} | ${instead} |`);
  return lines.join("\n");
}

function refusedByRemedy(): Map<string, CommandEntry[]> {
  const groups = new Map<string, CommandEntry[]>();
  for (const entry of commandTable.filter(({ kind }) => kind === "refused")) {
    const instead = entry.instead ?? "";
    groups.set(instead, [...(groups.get(instead) ?? []), entry]);
  }
  return groups;
}

function names(entries: readonly CommandEntry[]): string {
  return entries.map(({ name }) => `\`${name.toUpperCase()}\``).join(" ");
}
