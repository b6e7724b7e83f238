import { Record, Schema } from "effect"
import { BacktestSettings } from "../backtest/settings.js"
import { LiveSettings } from "../live/settings.js"
import { NewsSettings } from "../news/settings.js"
import { PolymarketSettings } from "../polymarket/settings.js"
import { FeatureServices, ServerSettings } from "../server/settings.js"
import { LlmSettings } from "../strategy/llm/settings.js"
import { MeanReversionSettings } from "../strategy/meanReversion.js"

/** For each computed group the schema of its own parameters; every field has a default or is optional. */
export type ParameterSchemas = Readonly<Record<string, Schema.Schema.AnyNoContext>>

const Flag = Schema.Boolean.annotations({ description: "true or false" })

const Ttl = Schema.Finite.pipe(
  Schema.nonNegative({ description: "a finite number of seconds, 0 or more" })
)

/** Threads that may be asked for. */
export const mostWorkers = 64

const MaxAge = Schema.Finite.pipe(
  Schema.positive({ description: "a finite number of seconds above 0 (leave the key out for no limit)" })
)

const NonEmpty = Schema.NonEmptyString.annotations({ description: "a string that is not empty" })

const Workers = Schema.Int.pipe(
  Schema.between(1, mostWorkers, { description: `a whole number of threads within 1..${mostWorkers}` })
)

// A dot before a lower-case letter would read as the feature's name in `group@version.feature`.
const Version = Schema.String.pipe(
  Schema.pattern(/^(?!.*\.[a-z])[0-9A-Za-z][0-9A-Za-z.+_-]*$/, {
    description: "a version such as \"1.0\" or \"1.0+fast\" (letters, digits and . + _ -, no dot before a-z)"
  })
)

const Name = Schema.String.pipe(
  Schema.pattern(/^[a-z][a-z0-9_]*$/, { description: "a name of a-z, 0-9 and _ that starts with a letter" })
)

const FieldType = Schema.transformLiterals(
  ["float", "float"],
  ["number", "float"],
  ["double", "float"],
  ["float64", "float"],
  ["int", "int"],
  ["integer", "int"],
  ["int64", "int"],
  ["bool", "bool"],
  ["boolean", "bool"],
  ["string", "string"],
  ["str", "string"]
).annotations({ description: "\"float\", \"int\", \"bool\" or \"string\"" })

/** A table that may be left out: its default is what an empty one decodes to, which must therefore be accepted. */
const section = <A, I>(schema: Schema.Schema<A, I>) =>
  Schema.optionalWith(schema, { default: () => Schema.decodeUnknownSync(schema)({}) })

const VersionSettings = Schema.Struct({
  ttl_secs: Schema.optionalWith(Ttl, { exact: true }),
  max_age_secs: Schema.optionalWith(MaxAge, { exact: true })
})

const groupSettings = (schema: Schema.Schema.AnyNoContext) => {
  // The computer decodes its parameters itself: only the shape matters here, not the type.
  const parameters = Schema.make<unknown>(schema.ast)
  return Schema.Struct({
    enabled: Schema.optionalWith(Flag, { default: () => true }),
    version: Schema.optionalWith(Version, { default: () => "1.0" }),
    ...VersionSettings.fields,
    versions: section(Schema.Record({ key: Version, value: Schema.extend(VersionSettings, parameters) }))
  }).pipe(
    Schema.extend(parameters),
    Schema.filter((group) =>
      Object.hasOwn(group.versions, group.version)
        ? { path: ["versions", group.version], message: "a version other than the one the group already has" }
        : undefined
    )
  )
}

const externalSettings = (computed: ParameterSchemas) =>
  Schema.Record({
    key: Name.pipe(
      Schema.filter((name) => !Object.hasOwn(computed, name), {
        description: "a name of a-z, 0-9 and _ that starts with a letter and is not that of a computed group"
      })
    ),
    value: Schema.Struct({
      version: Version,
      max_age_secs: Schema.optionalWith(MaxAge, { exact: true }),
      fields: Schema.Record({ key: Name, value: FieldType }).pipe(
        Schema.filter((fields) => Object.keys(fields).length > 0, { description: "a table with at least one field" })
      )
    })
  })

/** The schema of the whole file. Environment names, valid keys and messages are all read off it. */
export const settingsSchema = (parameterSchemas: ParameterSchemas) =>
  Schema.Struct({
    feature_store: section(Schema.Struct({
      enabled: Schema.optionalWith(Flag, { default: () => true }),
      cache_ttl_secs: Schema.optionalWith(Ttl, { default: () => 60 }),
      persistence_enabled: Schema.optionalWith(Flag, { default: () => true }),
      db_path: Schema.optionalWith(NonEmpty, { default: () => "data/features.db" }),
      workers: Schema.optionalWith(Workers, { exact: true }),
      features: section(Schema.Struct(Record.map(parameterSchemas, (schema) => section(groupSettings(schema))))),
      external: section(externalSettings(parameterSchemas)),
      backtest: section(BacktestSettings),
      polymarket: section(PolymarketSettings),
      news: section(NewsSettings),
      live: section(LiveSettings),
      server: section(ServerSettings),
      feature_services: section(FeatureServices),
      strategy: section(Schema.Struct({
        llm_prediction: section(LlmSettings),
        mean_reversion: section(MeanReversionSettings)
      }))
    }))
  })

/** The keys of a computed group that are not its own parameters. */
export const groupKeys: ReadonlyArray<string> = ["enabled", "version", "ttl_secs", "max_age_secs", "versions"]

/** What a file decodes to. */
export type Settings = Schema.Schema.Type<ReturnType<typeof settingsSchema>>
