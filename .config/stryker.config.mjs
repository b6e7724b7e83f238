// Mutation testing (npm run mutation): changes the code in one place at a time and expects a test to fail. Over the modules
// whose faults would be silent ones: the state, what was known as of an instant, the cache, and the bytes on disk.
// One file alone: npm run mutation -- --mutate src/state/Replay.ts
//
// What lives on, some 5 in 100, is of these kinds, and changes no answer:
// - a loop over a typed array that goes one further: what it reads there is undefined, and what it writes there is lost
// - a guard against what the types allow and the code never does: `?.`, `?? 0`, `=== undefined` after an index
// - a guard or a shortcut that saves time alone: searching near a guess, stopping early, not reading before an array's start
// - an offset of 0 that is subtracted, and the order of two things that are never equal
// - what rounding lost, added back by the next line whatever this one gets wrong
export default {
  mutate: [
    "src/state/**/*.ts",
    "src/store/{asOfJoin,spineColumns,externalBlock,earliest}.ts",
    "src/store/VectorCache.ts",
    "src/store/codec/**/*.ts"
  ],
  testRunner: "vitest",
  plugins: ["@stryker-mutator/vitest-runner"],
  vitest: { configFile: ".config/mutation.vitest.config.ts" },
  coverageAnalysis: "perTest",
  concurrency: 2,
  thresholds: { high: 95, low: 90, break: 85 },
  // Infinite loops are told by the number of hits; the clock is for what hangs elsewhere, and machines differ
  timeoutMS: 20_000,
  dryRunTimeoutMinutes: 20,
  reporters: ["clear-text", "progress", "html", "json"],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  htmlReporter: { fileName: "dist/mutation/index.html" },
  jsonReporter: { fileName: "dist/mutation/mutation.json" },
  tempDirName: "dist/mutation/sandbox",
  ignorePatterns: ["dist", "data", "coverage"]
}
