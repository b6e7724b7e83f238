import * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import { Context, Effect, Layer, Option } from "effect"
import { standardComputers } from "../computers/standard.js"
import type { FeatureStoreConfig } from "../config/FeatureStoreConfig.js"
import { loadConfig } from "../config/loadConfig.js"
import type { Environment } from "../config/overrides.js"
import { LiveContext } from "../context/contexts.js"
import { SnapshotSource } from "../context/SnapshotSource.js"
import * as FeatureRegistry from "../features/FeatureRegistry.js"
import type { MarketViews } from "../state/views.js"
import * as Store from "../store/makeFeatureStore.js"
import * as SqliteStorage from "../store/sqlite/SqliteStorage.js"
import type { Globals } from "./options.js"
import { Output } from "./terminal/Output.js"
import { UsageRefused } from "./UsageRefused.js"

/** The environment that the process was started with; `bin.ts` hands it in. */
export class ProcessEnvironment extends Context.Tag("cli/ProcessEnvironment")<ProcessEnvironment, Environment>() {}

export type Registry = FeatureRegistry.FeatureRegistry<MarketViews>

const parameterSchemas = Object.fromEntries(
  standardComputers.map((computer) => [computer.name, computer.parameterSchema])
)

/** The configuration, with what the command line overrides. */
export const readConfig = ({ config, db }: Globals) =>
  Effect.gen(function*() {
    if (Option.contains(db, "")) {
      return yield* new UsageRefused({ problem: "--db: expected a path, got nothing", hint: "write --db PATH" })
    }
    const environment = yield* ProcessEnvironment
    const loaded = yield* loadConfig({ file: config, environment, parameterSchemas })
    return Option.match(db, {
      onNone: () => loaded,
      onSome: (dbPath): FeatureStoreConfig => ({ ...loaded, dbPath })
    })
  })

export const readRegistry = (config: FeatureRegistry.RegistrySettings) =>
  FeatureRegistry.make(standardComputers, config)

/** The file of the database; a database in memory where nothing shall be kept. */
export const databaseFile = ({ dbPath, persistenceEnabled }: FeatureStoreConfig): string =>
  persistenceEnabled ? dbPath : SqliteStorage.inMemory

/**
 * Log, repository and health of a database, without a store over them: a store registers its groups, and refuses to start
 * on a changed one.
 */
export const storageLayer = SqliteStorage.layer

/** Storage of one's own, empty and in memory: for an audit that feeds a log through the live context. */
export const scratchLayer = Effect.map(
  Effect.context<FileSystem.FileSystem | Path.Path>(),
  (platform) => Layer.provide(storageLayer(SqliteStorage.inMemory), Layer.succeedContext(platform))
)

/** The store with its log and repository. */
export const storeLayer = (registry: Registry, file: string) =>
  Store.layer(registry, SnapshotSource).pipe(
    Layer.provideMerge(LiveContext(registry.historyMillis)),
    Layer.provideMerge(storageLayer(file))
  )

/** Fails where the configuration has turned the store off. */
const demandEnabled = ({ enabled, file }: FeatureStoreConfig) =>
  enabled ? Effect.void : new UsageRefused({
    problem: "the feature store is turned off: feature_store.enabled = false",
    hint: `set it to true${file === undefined ? "" : ` in ${file}`}, or FEATURE_STORE_ENABLED=true in the environment`
  })

/** Says so where what a command is about to write will be gone with it. */
const warnIfNothingIsKept = ({ persistenceEnabled }: FeatureStoreConfig) =>
  persistenceEnabled ? Effect.void : Effect.flatMap(Output, ({ note, noteColors }) =>
    note(
      `${noteColors.yellow("warning:")} persistence_enabled = false: the database is in memory, nothing will be kept`
    ))

/** The configuration, checked to serve. */
export const openConfig = (globals: Globals) =>
  readConfig(globals).pipe(Effect.tap(demandEnabled), Effect.tap(warnIfNothingIsKept))

/** The same with the registry that it describes. */
export const openRegistry = (globals: Globals) =>
  Effect.flatMap(
    openConfig(globals),
    (config) => Effect.map(readRegistry(config), (registry) => ({ config, registry }))
  )

/** Whether there is a database to look into; without one a command that only reads leaves none behind. */
export const databaseExists = ({ dbPath, persistenceEnabled }: FeatureStoreConfig) =>
  persistenceEnabled
    ? Effect.flatMap(FileSystem.FileSystem, (fs) => Effect.orElseSucceed(fs.exists(dbPath), () => true))
    : Effect.succeed(false)
