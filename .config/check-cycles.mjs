// Fails on an import cycle among the files of src. Imports of types count, and so do dynamic ones.
import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"

const root = fileURLToPath(new URL("../src", import.meta.url))
const files = readdirSync(root, { recursive: true })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => join(root, name))
const imports = new Map(files.map((file) => [
  file,
  ts.preProcessFile(readFileSync(file, "utf8")).importedFiles
    .filter(({ fileName }) => fileName.startsWith("."))
    .map(({ fileName }) => join(dirname(file), fileName.replace(/\.js$/, ".ts")))
]))

const done = new Set()
const cycles = []
const visit = (file, trail) => {
  const start = trail.indexOf(file)
  if (start >= 0) {
    cycles.push([...trail.slice(start), file].map((each) => relative(root, each)).join(" -> "))
  } else if (!done.has(file)) {
    for (const next of imports.get(file) ?? []) visit(next, [...trail, file])
    done.add(file)
  }
}
for (const file of files) visit(file, [])

if (cycles.length > 0) {
  process.stderr.write(`import cycles in src:\n${cycles.join("\n")}\n`)
  process.exitCode = 1
}
