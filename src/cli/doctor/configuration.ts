import { Effect, Either } from "effect"
import type { ConfigProblem, ConfigRejected } from "../../config/ConfigRejected.js"
import type { FeatureStoreConfig } from "../../config/FeatureStoreConfig.js"
import { readRegistry, type Registry } from "../application.js"
import { counted, visible } from "../terminal/text.js"
import { type Check, fail, ok, warn } from "./Check.js"

const required = { major: 20, minor: 19 }

/** Whether this is a Node that the package supports. */
export const nodeCheck = (version: string): Check => {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  return major > required.major || (major === required.major && minor >= required.minor)
    ? ok("node", version)
    : fail("node", version, `install Node ${required.major}.${required.minor} or newer`)
}

const problemCheck = ({ expected, hint, keyPath, where }: ConfigProblem): Check =>
  fail(
    "configuration",
    `${visible(where)}${keyPath === "" ? "" : `: ${visible(keyPath)}`}`,
    `expected ${expected}${hint === null ? "" : `; ${hint}`}`
  )

export const refusedConfig = ({ problems }: ConfigRejected): ReadonlyArray<Check> => problems.map(problemCheck)

/** Where settings come from, and those that keep the store from serving or from keeping anything. */
export const acceptedConfig = ({ enabled, file, persistenceEnabled }: FeatureStoreConfig): ReadonlyArray<Check> => [
  ok("configuration", file === undefined ? "built-in defaults: no config/feature_store.toml here" : visible(file)),
  ...enabled ? [] : [
    warn("enabled", "feature_store.enabled = false", "set it to true: commands that need the store refuse to run")
  ],
  ...persistenceEnabled ? [] : [
    warn("persistence", "persistence_enabled = false", "set it to true: the database is in memory, nothing is kept")
  ]
]

/** Builds the registry: parameters, versions and dependencies are checked on the way. */
export const registryCheck = (
  config: FeatureStoreConfig
): Effect.Effect<{ readonly check: Check; readonly registry: Registry | undefined }> =>
  Effect.map(
    Effect.either(readRegistry(config)),
    Either.match({
      onLeft: (rejected) => ({
        check: fail("registry", rejected.message, "check this group's section in the configuration"),
        registry: undefined
      }),
      onRight: (registry) => ({
        check: ok("registry", `${counted(registry.groups.filter((group) => group.enabled).length, "group")} served`),
        registry
      })
    })
  )
