/**
 * Which part may know which. The order below is the order of the layers: each may import those before it, never one
 * after it (docs/internals/layout.md draws it). Plus: no cycles, the core imports nothing but itself, tests and tools
 * stay outside of what ships.
 */
const LAYERS = [
  ["core", "^packages/core/src/"],
  ["engine", "^packages/engine/src/"],
  ["tls", "^packages/agent/src/tls/"],
  ["link", "^packages/agent/src/link/"],
  ["replica", "^packages/agent/src/replica/"],
  ["gateway", "^packages/agent/src/gateway/"],
  ["agent", "^packages/agent/src/(?!tls/|link/|replica/|gateway/)"],
  ["client", "^packages/client/src/"],
  ["console", "^packages/console/src/"],
  ["cli", "^packages/cli/src/"],
];
const TEST = "\\.(test|int\\.test|prop\\.test)\\.ts$|/test-support/";
const SHIPPED = "^packages/(?!testkit/)[^/]+/src/";

const downward = LAYERS.slice(0, -1).map(([name, path], index) => ({
  name: `${name}-imports-downward-only`,
  severity: "error",
  from: { path, pathNot: TEST },
  to: { path: LAYERS.slice(index + 1).map(([, above]) => above) },
}));

module.exports = {
  forbidden: [
    ...downward,
    {
      name: "no-cycles",
      comment: "Type-only imports are gone when the code runs; they may point back.",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    { name: "imports-exist", severity: "error", from: {}, to: { couldNotResolve: true } },
    {
      name: "core-is-pure",
      comment: "The core runs inside Redis and in Node: it knows nothing but itself.",
      severity: "error",
      from: { path: "^packages/core/src/", pathNot: TEST },
      to: { pathNot: "^packages/core/src/" },
    },
    {
      name: "gateway-moves-no-logs",
      comment: "The gateway and the replica are neighbours: neither needs the other.",
      severity: "error",
      from: { path: "^packages/agent/src/gateway/", pathNot: TEST },
      to: { path: "^packages/agent/src/(replica|link)/" },
    },
    {
      name: "client-knows-the-core-alone",
      comment: "It runs in other people's programs: nothing heavy of ours comes along.",
      severity: "error",
      from: { path: "^packages/client/src/", pathNot: TEST },
      to: { path: "^packages/(?!client/|core/)" },
    },
    {
      name: "console-runs-no-code-of-the-agent",
      comment: "It runs in a browser: of the agent it knows the types of the API, of the core the table of commands.",
      severity: "error",
      from: { path: "^packages/console/src/", pathNot: TEST },
      to: { path: "^packages/(?!console/|core/)", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "testkit-is-for-tests",
      severity: "error",
      from: { path: SHIPPED, pathNot: TEST },
      to: { path: "^packages/testkit/" },
    },
    {
      name: "tools-stay-outside",
      comment: "Nothing imports the simulator, the benchmarks or the tests.",
      severity: "error",
      from: { path: "^packages/" },
      to: { path: "^(sim|bench|tests|scripts|examples)/" },
    },
    {
      name: "examples-know-the-client-alone",
      comment: "They are what a user can write: nothing of ours but the client.",
      severity: "error",
      from: { path: "^examples/" },
      to: { path: "^(packages/(?!client/)|sim/|bench/|tests/|scripts/)" },
    },
    {
      name: "packages-by-their-names",
      comment: "Another package is imported by its name, not by a path into it.",
      severity: "error",
      from: { path: "^packages/([^/]+)/" },
      to: { path: "^packages/", pathNot: "^packages/$1/", dependencyTypes: ["local"] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.base.json" },
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(dist|node_modules)/|\\.tsbuildinfo$" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["source", "import", "node", "default"] },
  },
};
