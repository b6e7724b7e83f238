import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    root: fileURLToPath(new URL("..", import.meta.url)),
    include: ["test/**/*.test.ts"],
    // Native addons (better-sqlite3) and killed children want processes, not worker threads
    pool: "forks",
    // the libraries are loaded once a process instead of once a file: no test changes what another one imports
    isolate: false,
    minWorkers: 1,
    maxWorkers: 2,
    // Generous: nothing here is a timed test, and machines differ
    testTimeout: 240_000,
    hookTimeout: 120_000,
    reporters: ["default"]
  }
})
