import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

/** Histories a property is tried on for each mutant: what only lives among thousands is told by too few examples. */
const mostRuns = 100

/** The tests that the mutants of `stryker.config.mjs` have to get past: those of the mutated modules, storage on disk left out. */
export default defineConfig({
  plugins: [{
    name: "fewer-runs",
    enforce: "pre",
    transform: (code, id) =>
      id.endsWith(".test.ts")
        ? code.replace(
          /numRuns: ([\d_]+)/g,
          (_, runs: string) => `numRuns: ${Math.min(mostRuns, Number(runs.replaceAll("_", "")))}`
        )
        : undefined
  }],
  test: {
    root: fileURLToPath(new URL("..", import.meta.url)),
    include: [
      "test/state/**/*.test.ts",
      "test/store/{asOfJoin,spineColumns,externalBlock,earliest,VectorCache}.test.ts",
      "test/store/codec/**/*.test.ts"
    ],
    setupFiles: [fileURLToPath(new URL("mutation.setup.ts", import.meta.url))],
    // A mutant has a worker of its own, whatever the number of its test files
    isolate: false,
    testTimeout: 60_000
  }
})
