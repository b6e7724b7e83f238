// npm drops binaries of other platforms from the lock when the registry lags behind, and `npm ci` then refuses the lock.
import { readFileSync } from "node:fs"

const { packages } = JSON.parse(readFileSync(new URL("../package-lock.json", import.meta.url), "utf8"))

/** The folders in which node looks for what the package at `path` requires, nearest first; "" is the project itself. */
const ancestors = (path) =>
  path === "" ? [""] : [path, ...ancestors(path.slice(0, path.lastIndexOf("node_modules/")).replace(/\/$/, ""))]
const locked = (path, name) =>
  ancestors(path).some((at) => `${at === "" ? "" : `${at}/`}node_modules/${name}` in packages)

const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
  Object.entries(optionalDependencies)
    .filter(([name]) => !locked(path, name))
    .map(([name, version]) => `${path || "the project"} may use ${name}@${version}, which has no entry`)
)
if (missing.length > 0) {
  process.stderr.write(`package-lock.json is incomplete, \`npm ci\` would refuse it:\n${missing.join("\n")}\n`)
  process.exitCode = 1
}
