import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import { Effect } from "effect"
import type { FeatureStoreConfig } from "../../config/FeatureStoreConfig.js"
import { descriptionOf, summaryOf } from "../../features/inventory.js"
import { lineageOf, mermaidOf } from "../../features/lineage.js"
import { FeatureRepository } from "../../store/FeatureRepository.js"
import { planRegistry, registerGroups } from "../../store/registerGroups.js"
import {
  databaseExists,
  databaseFile,
  openRegistry,
  readConfig,
  readRegistry,
  type Registry,
  storageLayer
} from "../application.js"
import { exitCodes } from "../failures.js"
import { flag, type Globals, globals } from "../options.js"
import { changeOf, renderChanges } from "../registry/changes.js"
import { findGroup, renderDescription, renderList } from "../registry/inventory.js"
import { renderLineage } from "../registry/lineage.js"
import { Output, present } from "../terminal/Output.js"
import { counted } from "../terminal/text.js"
import { Concluded } from "../UsageRefused.js"

/** The registry as configured, whether or not the store is turned on: looking at it needs no database. */
const describedRegistry = (given: Globals) =>
  Effect.flatMap(readConfig(given), (config) => Effect.map(readRegistry(config), (registry) => ({ config, registry })))

export const list = Command.make("list", globals, (given) =>
  Effect.gen(function*() {
    const { registry } = yield* describedRegistry(given)
    const groups = registry.groups.map(summaryOf)
    yield* present({ groups }, renderList(groups))
  })).pipe(Command.withDescription("All feature groups, with versions and fingerprints."))

export const describe = Command.make("describe", {
  group: Args.text({ name: "GROUP" }).pipe(Args.withDescription("a group, or group@version")),
  ...globals
}, (given) =>
  Effect.gen(function*() {
    const { registry } = yield* describedRegistry(given)
    const group = descriptionOf(yield* findGroup(registry.groups, given.group))
    yield* present(group, renderDescription(group))
  })).pipe(Command.withDescription("One group: its features, units, inputs and parameters."))

/** What is registered; nothing where there is no database yet, and then none is made. */
const registeredGroups = (config: FeatureStoreConfig) =>
  Effect.flatMap(databaseExists(config), (exists) =>
    exists
      ? Effect.flatMap(FeatureRepository, (repository) => repository.registered).pipe(
        Effect.provide(storageLayer(databaseFile(config)))
      )
      : Effect.succeed([]))

const planned = (config: FeatureStoreConfig, registry: Registry) =>
  Effect.map(registeredGroups(config), (registered) => planRegistry(registry, registered).map(changeOf))

export const plan = Command.make("plan", globals, (given) =>
  Effect.gen(function*() {
    const { config, registry } = yield* describedRegistry(given)
    const groups = yield* planned(config, registry)
    yield* present({ groups }, renderChanges(groups))
    if (groups.some(({ change }) => change === "changed")) return yield* new Concluded({ exitCode: exitCodes.finding })
  })).pipe(Command.withDescription("Compare the configured groups with the registered ones; exit 1 on a changed one."))

export const apply = Command.make("apply", globals, (given) =>
  Effect.gen(function*() {
    const { config, registry } = yield* openRegistry(given)
    const changes = yield* Effect.flatMap(FeatureRepository, (repository) => registerGroups(registry, repository)).pipe(
      Effect.map((groups) => groups.map(changeOf)),
      Effect.provide(storageLayer(databaseFile(config)))
    )
    const registered = changes.flatMap(({ change, group }) => change === "new" ? [group] : [])
    yield* present({ registered }, () =>
      registered.length === 0
        ? "every group is registered already"
        : `${counted(registered.length, "group")} registered: ${registered.join(", ")}`)
  })).pipe(Command.withDescription("Register new groups; refuses changed ones (exit 2)."))

export const lineage = Command.make("lineage", {
  mermaid: flag("mermaid", "as a mermaid flowchart"),
  ...globals
}, (given) =>
  Effect.gen(function*() {
    const { registry } = yield* describedRegistry(given)
    const { json, print } = yield* Output
    const groups = registry.groups.map(lineageOf)
    if (given.mermaid && !json) return yield* print(mermaidOf(groups))
    yield* present(given.mermaid ? { mermaid: mermaidOf(groups) } : { groups }, renderLineage(groups))
  })).pipe(Command.withDescription("What each group and feature is made from."))

const group = Command.make("registry").pipe(
  Command.withDescription("The feature groups: what they are, and whether they still are what was registered.")
)

/** The group by itself, and with its commands. */
export const registry = { group, command: Command.withSubcommands(group, [list, describe, plan, apply, lineage]) }
