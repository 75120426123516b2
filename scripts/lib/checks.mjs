/** The checks that are not tests: name, what it means when it fails, how it is run. */
import { tool } from "./run.mjs";

const LAYERED = ["packages", "sim", "bench", "tests", "examples"];

export const checks = {
  "format:check": {
    built: false,
    remedy: "npm run format",
    run: (options) => tool("oxfmt/bin/oxfmt", ["--check", "."], options),
  },
  format: { built: false, remedy: "see above", run: (options) => tool("oxfmt/bin/oxfmt", ["."], options) },
  lint: {
    built: true,
    remedy: "npm run lint shows them",
    run: (options) => tool("oxlint/bin/oxlint", ["--type-aware", "--deny-warnings"], options),
  },
  types: {
    built: true,
    remedy: "npm run types shows them",
    run: (options) => tool("typescript/bin/tsc", ["-p", "tsconfig.check.json"], options),
  },
  layers: {
    built: false,
    remedy: "npm run layers shows them; docs/internals/layout.md says which part may know which",
    run: (options) =>
      tool(
        "dependency-cruiser/bin/dependency-cruise.mjs",
        ["--config", ".dependency-cruiser.cjs", ...LAYERED],
        options,
      ),
  },
};
