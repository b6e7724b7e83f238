// Bundles the command line into dist/bin.mjs: one file starts in a quarter of the time that the emitted modules take.
// What only some commands load, such as charts, lies beside it in dist/chunks.
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { basename } from "node:path"
import { fileURLToPath } from "node:url"

const entry = fileURLToPath(new URL("../src/bin.ts", import.meta.url))
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
  await build({
    entryPoints: { bin: entry },
    outdir,
    outExtension: { ".js": ".mjs" },
    chunkNames: "chunks/[name]-[hash]",
    splitting: true,
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
    metafile: true,
    logLevel: "warning"
  }).then(({ metafile }) => {
    chmodSync(`${outdir}/bin.mjs`, 0o755)
    const written = new Set(Object.keys(metafile.outputs).map((file) => basename(file)))
    for (const file of existsSync(chunks) ? readdirSync(chunks) : []) {
      if (!written.has(file)) rmSync(`${chunks}/${file}`)
    }
  }, () => {
    process.exitCode = 1
  })
}
