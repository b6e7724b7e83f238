import * as Command from "@effect/cli/Command"
import { Effect, Either } from "effect"
import type { FeatureStoreConfig } from "../../config/FeatureStoreConfig.js"
import type { StorageFailure } from "../../store/StorageFailure.js"
import { databaseExists, databaseFile, readConfig, type Registry, storageLayer } from "../application.js"
import { type Check, fail, ok, renderChecks } from "../doctor/Check.js"
import { acceptedConfig, nodeCheck, refusedConfig, registryCheck } from "../doctor/configuration.js"
import { conflictChecks, databaseChecks } from "../doctor/database.js"
import { exitCodes } from "../failures.js"
import { globals } from "../options.js"
import { present } from "../terminal/Output.js"
import { visible } from "../terminal/text.js"
import { Concluded } from "../UsageRefused.js"

/** What was found: of the settings, and of the storage. */
interface Findings {
  readonly settings: ReadonlyArray<Check>
  readonly storage: ReadonlyArray<Check>
}

const openFailure = (failure: StorageFailure): Check => {
  const { hint = "check the path, and that no other program writes to it", message } = failure
  return fail("database", visible(message.replace(` (${hint})`, "")), hint)
}

const storageFindings = (config: FeatureStoreConfig, registry: Registry | undefined) =>
  Effect.gen(function*() {
    const file = databaseFile(config)
    if (config.persistenceEnabled && !(yield* databaseExists(config))) {
      return { settings: [], storage: [ok("database", `${visible(file)}: none yet, the first import makes it`)] }
    }
    const found: Findings = yield* Effect.all([databaseChecks, conflictChecks(registry)]).pipe(
      Effect.map(([storage, settings]) => ({ settings, storage: [ok("database", visible(file)), ...storage] })),
      Effect.provide(storageLayer(file)),
      Effect.catchAll((failure) =>
        Effect.succeed({
          settings: [],
          storage: [openFailure(failure)]
        })
      )
    )
    return found
  })

const findings = Effect.fnUntraced(function*(given: Parameters<typeof readConfig>[0]) {
  const node = nodeCheck(process.versions.node)
  const read = yield* Effect.either(Effect.catchTag(readConfig(given), "UsageRefused", (refused) => refused))
  if (Either.isLeft(read)) {
    if (read.left._tag === "UsageRefused") return yield* read.left
    const refused: Findings = { settings: [node, ...refusedConfig(read.left)], storage: [] }
    return refused
  }
  const { check, registry } = yield* registryCheck(read.right)
  const { settings, storage } = yield* storageFindings(read.right, registry)
  const all: Findings = { settings: [node, ...acceptedConfig(read.right), check, ...settings], storage }
  return all
})

const hasFailed = (checks: ReadonlyArray<Check>): boolean => checks.some(({ status }) => status === "fail")

export const doctor = Command.make("doctor", globals, (given) =>
  Effect.gen(function*() {
    const { settings, storage } = yield* findings(given)
    const checks = [...settings, ...storage]
    yield* present({ healthy: !hasFailed(checks), checks }, renderChecks(checks))
    if (hasFailed(storage)) return yield* new Concluded({ exitCode: exitCodes.storage })
    if (hasFailed(settings)) return yield* new Concluded({ exitCode: exitCodes.usage })
  })).pipe(
    Command.withDescription("Check Node, configuration, registry and database; exit 2 or 4 where something is wrong.")
  )
