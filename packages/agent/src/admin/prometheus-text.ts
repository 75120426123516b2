/** The text that Prometheus reads (exposition format 0.0.4). */
type Labels = Readonly<Record<string, string>>;
export type Sample = readonly [Labels, number | null | undefined];

export interface Family {
  name: string;
  type: "gauge" | "counter";
  help: string;
  samples: Sample[];
}

/** Without samples it is left out. */
export function familyText({ name, type, help, samples }: Family): string {
  const lines = samples.flatMap(([labels, value]) => {
    if (value === null || value === undefined) return [];
    const text = Object.entries(labels).map(([key, label]) => `${key}="${escaped(label)}"`);
    return [`${name}${text.length === 0 ? "" : `{${text.join(",")}}`} ${value}`];
  });
  return lines.length === 0 ? "" : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("\n")}\n`;
}

export const gauge = (name: string, help: string, samples: Sample[]): Family => ({
  name,
  type: "gauge",
  help,
  samples,
});
export const counter = (name: string, help: string, samples: Sample[]): Family => ({
  name,
  type: "counter",
  help,
  samples,
});

function escaped(label: string): string {
  return label.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
