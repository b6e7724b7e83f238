// Bundles the command line into dist/bin.mjs: one file starts in a quarter of the time that the emitted modules take.
// What only some commands load, such as charts, lies beside it in dist/chunks. The simulated venue, which a demo starts as
// a process of its own, goes into dist/venue.mjs.
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { basename } from "node:path"
import { fileURLToPath } from "node:url"

const entry = fileURLToPath(new URL("../src/bin.ts", import.meta.url))
const worker = fileURLToPath(new URL("../src/worker.ts", import.meta.url))
const venue = fileURLToPath(new URL("../test/support/venue/main.ts", import.meta.url))
const outdir = fileURLToPath(new URL("../dist", import.meta.url))
const chunks = `${outdir}/chunks`

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
  const common = {
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external: ["better-sqlite3"],
    logLevel: "warning"
  }
  // CommonJS dependencies call require for node's own modules
  const withRequire =
    `import { createRequire as bundleRequire } from "node:module"; const require = bundleRequire(import.meta.url);`
  await Promise.all([
    build({
      ...common,
      entryPoints: { bin: entry, worker },
      chunkNames: "chunks/[name]-[hash]",
      splitting: true,
      banner: { js: `${hashbang}${withRequire}` },
      metafile: true
    }),
    build({ ...common, entryPoints: { venue }, banner: { js: withRequire } })
  ]).then(([{ metafile }]) => {
    chmodSync(`${outdir}/bin.mjs`, 0o755)
    const written = new Set(Object.keys(metafile.outputs).map((file) => basename(file)))
    for (const file of existsSync(chunks) ? readdirSync(chunks) : []) {
      if (!written.has(file)) rmSync(`${chunks}/${file}`)
    }
  }, () => {
    process.exitCode = 1
  })
}
