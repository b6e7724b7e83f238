// Bundles the command line into dist/bin.mjs: one file starts in a quarter of the time that the emitted modules take.
import { chmodSync, existsSync, readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"

const entry = fileURLToPath(new URL("../src/bin.ts", import.meta.url))
const outfile = fileURLToPath(new URL("../dist/bin.mjs", import.meta.url))

const buildable = () => {
  try {
    createRequire(import.meta.url).resolve("esbuild")
    return existsSync(entry)
  } catch {
    return false
  }
}

// `prepare` also runs where development dependencies were left out: then there is nothing to bundle with
if (process.argv.includes("--if-possible") && !buildable()) {
  process.stdout.write("bundle skipped: esbuild or src/bin.ts is not here\n")
} else {
  const { build } = await import("esbuild")
  const hashbang = readFileSync(entry, "utf8").startsWith("#!") ? "" : "#!/usr/bin/env node\n"
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external: ["better-sqlite3"],
    // CommonJS dependencies call require for node's own modules
    banner: {
      js:
        `${hashbang}import { createRequire as bundleRequire } from "node:module"; const require = bundleRequire(import.meta.url);`
    },
    logLevel: "warning"
  }).then(() => chmodSync(outfile, 0o755), () => {
    process.exitCode = 1
  })
}
