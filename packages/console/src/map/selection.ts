/** What somebody looks at more closely. */
export type Selection = { kind: "region"; region: string } | { kind: "link"; a: string; b: string };
