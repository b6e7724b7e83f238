import { FileSystem } from "@effect/platform"
import { SystemError } from "@effect/platform/Error"
import { Effect, Option, Schema } from "effect"
import { loadConfig } from "../../src/config/loadConfig.js"

const secs = (fallback: number) => Schema.optionalWith(Schema.Positive, { default: () => fallback })

/** Parameters like those of the five computers, which the configuration does not know by name. */
export const parameterSchemas = {
  market: Schema.Struct({}),
  orderbook: Schema.Struct({
    levels: Schema.optionalWith(Schema.Int.pipe(Schema.between(1, 50)), { default: () => 5 })
  }),
  sentiment: Schema.Struct({
    window_secs: secs(86_400),
    half_life_secs: secs(3600),
    keywords: Schema.optional(Schema.Array(Schema.NonEmptyString))
  }),
  temporal: Schema.Struct({}),
  price_history: Schema.Struct({ window_secs: secs(3600), min_coverage_secs: secs(600) }).pipe(
    Schema.filter(({ min_coverage_secs, window_secs }) =>
      min_coverage_secs <= window_secs || "min_coverage_secs of at most window_secs"
    )
  )
}

const filesOf = (files: Readonly<Record<string, string>>) =>
  FileSystem.layerNoop({
    readFileString: (path) => {
      const source = files[path]
      const reason = path.startsWith("locked") ? "PermissionDenied" : "NotFound"
      return source === undefined
        ? new SystemError({ module: "FileSystem", method: "readFileString", reason, pathOrDescriptor: path })
        : Effect.succeed(source)
    }
  })

/** The configuration that a file system and an environment hold. */
export const load = (
  files: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string | undefined>> = {},
  file: Option.Option<string> = Option.none()
) => loadConfig({ file, environment, parameterSchemas }).pipe(Effect.provide(filesOf(files)))

/** The configuration of one file, `fs.toml`, given explicitly. */
export const configOf = (source: string, environment: Readonly<Record<string, string | undefined>> = {}) =>
  load({ "fs.toml": source }, environment, Option.some("fs.toml"))

/** The problems of one file, `fs.toml`. */
export const problemsOf = (source: string, environment: Readonly<Record<string, string | undefined>> = {}) =>
  configOf(source, environment).pipe(Effect.flip, Effect.map(({ problems }) => problems))
