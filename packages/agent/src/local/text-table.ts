/** Columns of text that line up, and the few colours that we use; none of them off a terminal. */
export interface Style {
  bold: (text: string) => string;
  dim: (text: string) => string;
  green: (text: string) => string;
  red: (text: string) => string;
  yellow: (text: string) => string;
}

type Paint = (column: number, text: string) => string;

const ansi =
  (open: number, close: number) =>
  (text: string): string =>
    `\u001B[${open}m${text}\u001B[${close}m`;
const same = (text: string): string => text;

export const colours: Style = {
  bold: ansi(1, 22),
  dim: ansi(2, 22),
  green: ansi(32, 39),
  red: ansi(31, 39),
  yellow: ansi(33, 39),
};
export const noColours: Style = { bold: same, dim: same, green: same, red: same, yellow: same };

/** NO_COLOR is a convention of many tools: no-color.org. */
export function styleFor(stream: { isTTY?: boolean }, environment: NodeJS.ProcessEnv = process.env): Style {
  const wanted = stream.isTTY === true && (environment["NO_COLOR"] ?? "") === "" && environment["TERM"] !== "dumb";
  return wanted ? colours : noColours;
}

export function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - text.length));
}

export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  style: Style,
  paint: Paint = (_column, text) => text,
): string[] {
  const widths = header.map((name, column) => Math.max(name.length, ...rows.map((row) => (row[column] ?? "").length)));
  const line = (cells: readonly string[], draw: Paint): string =>
    cells
      .map((cell, column) => draw(column, padded(cell, widths[column] ?? 0)))
      .join("  ")
      .trimEnd();
  return [style.dim(line(header, (_column, text) => text)), ...rows.map((row) => line(row, paint))];
}
