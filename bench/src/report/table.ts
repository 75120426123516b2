/** A table as text for a terminal and as Markdown: the first column to the left, figures to the right. */
export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Below it: how to read it. */
  readonly notes?: readonly string[];
}

export function asText({ title, head, rows, notes = [] }: Table): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  const lines = all.map((row) =>
    widths
      .map((width, column) => {
        const cell = row[column] ?? "";
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("  ")
      .trimEnd(),
  );
  return [title, "", ...lines, ...notes.map((note) => `  ${note}`), ""].join("\n");
}

export function asMarkdown({ title, head, rows, notes = [] }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, column) => (column === 0 ? "---" : "---:"));
  return [
    `### ${title}`,
    "",
    line(head),
    line(rule),
    ...rows.map(line),
    "",
    ...notes.flatMap((note) => [note, ""]),
  ].join("\n");
}
