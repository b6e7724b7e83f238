import { availableParallelism } from "node:os"
import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

/** Folders of tests that compute a lot: what other tests have taught the engine would make them several times slower. */
const laws = "{audit,backtest,computers,context,dataset,domain,features,live,parallel,state,store}"

export default defineConfig({
  test: {
    root: fileURLToPath(new URL("..", import.meta.url)),
    setupFiles: [fileURLToPath(new URL("vitest.setup.ts", import.meta.url))],
    // Native addons (better-sqlite3) and killed children want processes, not worker threads
    pool: "forks",
    minWorkers: 1,
    // One more than processors: some tests mostly wait for the programs that they start
    maxWorkers: availableParallelism() + 1,
    // Generous: nothing here is a timed test, and machines differ
    testTimeout: 240_000,
    hookTimeout: 120_000,
    reporters: ["default"],
    projects: [
      { extends: true, test: { name: "laws", include: [`test/${laws}/**/*.test.ts`], isolate: true } },
      {
        extends: true,
        // the libraries are loaded once a process instead of once a file: no test changes what another one imports
        test: { name: "programs", include: ["test/**/*.test.ts"], exclude: [`test/${laws}/**`], isolate: false }
      }
    ]
  }
})
