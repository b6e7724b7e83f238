import { Effect, Schema } from "effect"
import { readFileSync } from "node:fs"
import { cpus, loadavg, platform, release, totalmem } from "node:os"

/** Where figures were taken: without it they mean nothing. */
export const Environment = Schema.Struct({
  cpu: Schema.String,
  cores: Schema.Int,
  memoryGb: Schema.Int,
  platform: Schema.String,
  node: Schema.String,
  /** of this project and of what it is compared with */
  peers: Schema.Record({ key: Schema.String, value: Schema.String }),
  /** of 1, 5 and 15 minutes, before the first run */
  loadAverage: Schema.Array(Schema.Number)
})
export type Environment = typeof Environment.Type

const Package = Schema.parseJson(Schema.Struct({ version: Schema.String }))
const versionIn = (file: string) =>
  Effect.map(
    Schema.decodeUnknown(Package)(readFileSync(new URL(file, import.meta.url), "utf8")),
    ({ version }) => version
  )

const names = ["@duckdb/node-api", "nodejs-polars", "better-sqlite3"]

export const environment = Effect.gen(function*() {
  // as bundled, this file lies in dist/bench
  const versions = yield* Effect.forEach(
    names,
    (name) => Effect.map(versionIn(`../../node_modules/${name}/package.json`), (version) => [name, version] as const)
  )
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    platform: `${platform()} ${release()}`,
    node: process.version,
    peers: { "this project": yield* versionIn("../../package.json"), ...Object.fromEntries(versions) },
    loadAverage: loadavg().map((load) => Math.round(load * 100) / 100)
  } satisfies Environment
})
