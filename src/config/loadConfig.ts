import * as FileSystem from "@effect/platform/FileSystem"
import { Effect, Either, Option, Record, Schema } from "effect"
import { type ConfigProblem, ConfigRejected } from "./ConfigRejected.js"
import type { FeatureStoreConfig, VersionConfig } from "./FeatureStoreConfig.js"
import { isTable, isWithin, type KeyPath, ownValue, renderPath, setAt } from "./KeyPath.js"
import { type Environment, type Override, readOverrides } from "./overrides.js"
import { type Refusal, refusals } from "./refusals.js"
import { groupKeys, type ParameterSchemas, type Settings, settingsSchema } from "./settings.js"
import { parseDocument } from "./tomlDocument.js"
import { lineFinder } from "./tomlLines.js"

const defaultFile = "config/feature_store.toml"
const fileVariable = "FEATURE_STORE_CONFIG"

/** The file and its text; a missing file is fine only where nobody asked for it. */
const readSource = Effect.fnUntraced(function*(explicit: Option.Option<string>, environment: Environment) {
  const fs = yield* FileSystem.FileSystem
  const byVariable = Option.isNone(explicit) && environment[fileVariable] !== undefined
  const asked = Option.orElse(explicit, () => Option.fromNullable(environment[fileVariable]))
  const file = Option.getOrElse(asked, () => defaultFile)
  return yield* fs.readFileString(file).pipe(
    Effect.map((source): { file: string | undefined; source: string } => ({ file, source })),
    Effect.catchAll((error) => {
      const missing = error._tag === "SystemError" && error.reason === "NotFound"
      if (missing && Option.isNone(asked)) return Effect.succeed({ file: undefined, source: "" })
      const expected = missing ? "an existing TOML file" : "a readable TOML file"
      const problem = byVariable
        ? { where: fileVariable, keyPath: "", expected, hint: `it names ${JSON.stringify(file)}` }
        : { where: file, keyPath: "", expected, hint: null }
      return new ConfigRejected({ problems: [problem] })
    })
  )
})

/** Says where a refused value was written: in the file, in the environment, or in both. */
const locator = (file: string | undefined, source: string, overrides: ReadonlyArray<Override>) => {
  const lineOf = lineFinder(source)
  return (path: KeyPath) => {
    const setting = overrides.find((override) => isWithin(path, override.path))
    if (setting !== undefined) return setting.variable
    const line = lineOf(path)
    const inFile = file === undefined ? [] : [line === undefined ? file : `${file}:${line}`]
    const below = overrides.filter((override) => isWithin(override.path, path)).map(({ variable }) => variable)
    return [...inFile, ...below].join(" with ") || "built-in defaults"
  }
}

const versionConfig = (
  { max_age_secs, ttl_secs }: { readonly max_age_secs?: number; readonly ttl_secs?: number },
  written: unknown
): VersionConfig => ({
  ...(ttl_secs === undefined ? {} : { ttlSecs: ttl_secs }),
  ...(max_age_secs === undefined ? {} : { maxAgeSecs: max_age_secs }),
  parameters: isTable(written) ? Record.filter(written, (_, key) => !groupKeys.includes(key)) : {}
})

const tableAt = (tree: unknown, ...path: ReadonlyArray<string>): unknown =>
  path.reduce((table, key) => isTable(table) ? ownValue(table, key) : undefined, tree)

const toConfig = (file: string | undefined, { feature_store }: Settings, tree: unknown): FeatureStoreConfig => ({
  file,
  enabled: feature_store.enabled,
  cacheTtlSecs: feature_store.cache_ttl_secs,
  persistenceEnabled: feature_store.persistence_enabled,
  dbPath: feature_store.db_path,
  ...(feature_store.workers === undefined ? {} : { workers: feature_store.workers }),
  features: Record.map(feature_store.features, (group, name) => {
    const written = tableAt(tree, "feature_store", "features", name)
    return {
      enabled: group.enabled,
      version: group.version,
      ...versionConfig(group, written),
      versions: Record.map(
        group.versions,
        (further, version) => versionConfig(further, tableAt(written, "versions", version))
      )
    }
  }),
  external: Record.map(feature_store.external, ({ fields, max_age_secs, version }) => ({
    version,
    ...(max_age_secs === undefined ? {} : { maxAgeSecs: max_age_secs }),
    fields
  })),
  backtest: feature_store.backtest,
  polymarket: feature_store.polymarket,
  news: feature_store.news,
  live: feature_store.live,
  server: feature_store.server,
  featureServices: feature_store.feature_services,
  llmPrediction: feature_store.strategy.llm_prediction,
  meanReversion: feature_store.strategy.mean_reversion
})

/**
 * Reads the configuration: `file`, else the one that `FEATURE_STORE_CONFIG` names, else `config/feature_store.toml` if
 * it exists, else built-in defaults. Environment variables win over the file. Relative paths are left as written. Fails
 * with every problem found, by line or variable; no problem holds a refused value.
 */
export const loadConfig = Effect.fnUntraced(function*(options: {
  readonly file: Option.Option<string>
  readonly environment: Environment
  readonly parameterSchemas: ParameterSchemas
}) {
  const { file, source } = yield* readSource(options.file, options.environment)
  const schema = settingsSchema(options.parameterSchemas)
  const document = yield* parseDocument(file ?? "", source).pipe(
    Either.mapLeft((problem) => new ConfigRejected({ problems: [problem] }))
  )
  const environment = readOverrides(options.environment, schema.ast, document.tree)
  const tree = environment.overrides.reduce((before, { path, value }) => setAt(before, path, value), document.tree)
  const decoded = Schema.decodeUnknownEither(schema)(tree, { errors: "all", onExcessProperty: "error" })
  const refused: ReadonlyArray<Refusal> = [
    ...document.refused.map((path) => ({ path, expected: "a key that JavaScript does not reserve", hint: null })),
    ...Either.match(decoded, { onLeft: ({ issue }) => refusals(issue), onRight: () => [] })
  ]
  if (Either.isRight(decoded) && refused.length === 0 && environment.problems.length === 0) {
    return toConfig(file, decoded.right, tree)
  }
  const where = locator(file, source, environment.overrides)
  const problems: ReadonlyArray<ConfigProblem> = [
    ...refused.map(({ expected, hint, path }) => ({ where: where(path), keyPath: renderPath(path), expected, hint })),
    ...environment.problems
  ]
  return yield* new ConfigRejected({ problems })
})
