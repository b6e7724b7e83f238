import { availableParallelism } from "node:os"
import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

/** Tests that compute for seconds: what other tests have taught the engine would make them several times slower. */
const laws = [
  "audit/{lookahead,variantLog,warmup}",
  "backtest/forecastScores",
  "computers/{betfair,realSample}",
  "context/{LiveMarketSource,following,parity}",
  "dataset/{buildDataset,memory}",
  "domain/{columnsOf,mergeColumns}",
  "features/{agreement,memory,replay}",
  "live/{Catalogue,Recorder,hour,loopback}",
  "parallel/*",
  "state/{OrderBook,Replay}",
  "store/{EventLog,FeatureRepository,FeatureStore,crash,pinnedLog,retention}",
  "store/codec/events",
  "store/sqlite/Database"
].map((name) => `test/${name}.test.ts`)

export default defineConfig({
  test: {
    root: fileURLToPath(new URL("..", import.meta.url)),
    setupFiles: [fileURLToPath(new URL("vitest.setup.ts", import.meta.url))],
    pool: "forks",
    poolOptions: {
      // the libraries are loaded once a process instead of once a file: no test changes what another one imports
      forks: { isolate: false, maxForks: availableParallelism() },
      threads: { isolate: true, maxThreads: Math.ceil(availableParallelism() / 2) }
    },
    // Generous: nothing here is a timed test, and machines differ
    testTimeout: 240_000,
    hookTimeout: 120_000,
    reporters: ["default"],
    projects: [
      { extends: true, test: { name: "laws", include: laws, pool: "threads" } },
      { extends: true, test: { name: "programs", include: ["test/**/*.test.ts"], exclude: laws } }
    ]
  }
})
