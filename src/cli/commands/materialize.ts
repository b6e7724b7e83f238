import * as Command from "@effect/cli/Command"
import { Effect, Either } from "effect"
import { formatInstant, type Instant } from "../../domain/Instant.js"
import { EventLog } from "../../store/EventLog.js"
import { FeatureStore } from "../../store/FeatureStore.js"
import { databaseFile, openRegistry, type Registry, storeLayer } from "../application.js"
import { features, globals, markets, requiredText } from "../options.js"
import { present } from "../terminal/Output.js"
import { withProgress } from "../terminal/progress.js"
import { count, counted, duration, visible } from "../terminal/text.js"
import { UsageRefused } from "../UsageRefused.js"
import { durationOf, instantOf, marketsMatching, referencesOf } from "../values.js"
import { computingThreads, readWorkers, workers } from "../workers.js"

/** Instants of one grid: what a market's vectors of one group take in memory while they are computed. */
const mostInstants = 2_000_000

/** Answers that take one thread about a second, which is worth the start of others. */
const worthThreads = 2_000_000

const refuse = (problem: string, hint: string) => Either.left(new UsageRefused({ problem, hint }))

const checkGrid = (from: Instant, to: Instant, everyMillis: number): Either.Either<number, UsageRefused> => {
  if (from > to) return refuse("--from is after --to", "swap them")
  const instants = Math.floor((to - from) / everyMillis) + 1
  return instants <= mostInstants ? Either.right(instants) : refuse(
    `${count(instants)} instants a market are more than ${count(mostInstants)}`,
    "choose a longer --every, or materialise one range after the other"
  )
}

/** What is to be computed: all enabled computed groups where nothing was named. */
const computedReferences = (given: ReadonlyArray<string>, registry: Registry) =>
  Effect.gen(function*() {
    if (given.length === 0) {
      return registry.computed.filter((group) => group.enabled && group.isDefault).map((group) => group.name)
    }
    const references = yield* referencesOf(given, registry)
    const external = (yield* registry.resolve(references)).find((column) => column.group.kind === "external")
    return external === undefined ? references : yield* refuse(
      `--features: ${external.group.name} is stored by others, there is nothing to compute`,
      "leave it out: its values are read as they were stored"
    )
  })

export const materialize = Command.make("materialize", {
  features,
  every: requiredText("every", "D", "the grid's step: 500ms, 30s, 5m, 1h, 1d"),
  from: requiredText("from", "TIME", "the grid's first instant"),
  to: requiredText("to", "TIME", "the grid's last instant, inclusive"),
  markets,
  workers,
  ...globals
}, (given) =>
  Effect.gen(function*() {
    const everyMillis = yield* durationOf("--every", given.every)
    const from = yield* instantOf("--from", given.from)
    const to = yield* instantOf("--to", given.to)
    const instants = yield* checkGrid(from, to, everyMillis)
    const { config, registry } = yield* openRegistry(given)
    const references = yield* computedReferences(given.features, registry)
    const threads = yield* readWorkers(given.workers, config)
    yield* Effect.gen(function*() {
      const log = yield* EventLog
      const wanted = (yield* marketsMatching(log, given.markets)) ?? (yield* log.markets).map(({ market }) => market)
      const isMuch = wanted.length * instants * references.length >= worthThreads
      const pool = yield* computingThreads(threads, isMuch, config, registry)
      const store = yield* FeatureStore
      const done = yield* withProgress({ label: "materialize", unit: "markets" }, (onProgress) =>
        store.materialize({ references, everyMillis, from, to, markets: wanted, workers: pool, onProgress }))
      const document = { ...done, instants, every_ms: everyMillis, from, to, features: references }
      yield* present(document, () =>
        [
          `${references.map(visible).join(", ")}: every ${duration(everyMillis)} from ${formatInstant(from)} to ${
            formatInstant(to)
          }`,
          `${counted(done.markets, "market")} at ${counted(instants, "instant")}: ` +
          `${counted(done.computed, "vector")} computed, ${count(done.kept)} were there already`
        ].join("\n"))
    }).pipe(Effect.scoped, Effect.provide(storeLayer(registry, databaseFile(config))))
  })).pipe(
    Command.withDescription("Compute and store features on a time grid; what is there and holds is not computed again.")
  )
