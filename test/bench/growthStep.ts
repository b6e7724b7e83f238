import * as NodeContext from "@effect/platform-node/NodeContext"
import { Effect, Layer, Schema } from "effect"
import { LiveClock } from "../../src/context/LiveClock.js"
import * as SqliteDecisionJournal from "../../src/store/sqlite/SqliteDecisionJournal.js"
import { MeanReversionSettings } from "../../src/strategy/meanReversion.js"
import { timed } from "./compare.js"
import { opening } from "./generate.js"
import { at, type Measured, Plan, type Step } from "./growthPlan.js"
import { buildShared, importQuotes, materializeAll, replayAll, runBacktest, standardRegistry } from "./ours.js"
import { storage } from "./storage.js"

// A process of its own that loads this project and nothing of its peers: its memory is what is measured.

const run: Record<Step, (plan: Plan) => Effect.Effect<unknown>> = {
  import: (plan) => Effect.orDie(importQuotes(at(plan, "quotes.csv"), at(plan, "own.db"))),
  materialise: (plan) =>
    materializeAll(at(plan, "own.db"), opening, plan.end, 60_000).pipe(
      Effect.provide(NodeContext.layer),
      Effect.orDie
    ),
  dataset: (plan) =>
    buildShared(at(plan, "spine.csv"), at(plan, "set.parquet")).pipe(
      Effect.provide(Layer.merge(Layer.provideMerge(LiveClock, storage(at(plan, "log.db"))), NodeContext.layer)),
      Effect.orDie
    ),
  replay: (plan) =>
    Effect.flatMap(standardRegistry, (registry) => replayAll(registry, plan.markets, () => undefined)).pipe(
      Effect.provide(storage(at(plan, "log.db"))),
      Effect.orDie
    ),
  backtest: (plan) =>
    Effect.gen(function*() {
      return yield* runBacktest(yield* standardRegistry, yield* Schema.decode(MeanReversionSettings)({}))
    }).pipe(
      Effect.provide(
        Layer.merge(Layer.provideMerge(SqliteDecisionJournal.layer, storage(at(plan, "own.db"))), NodeContext.layer)
      ),
      Effect.orDie
    )
}

const megabytes = (bytes: number): number => bytes / 1_000_000

/** Tells the process that started this one how long the step took, and the most memory held beyond what it began with. */
const measured = (plan: Plan) =>
  Effect.gen(function*() {
    yield* Effect.sync(() => globalThis.gc?.())
    const before = process.memoryUsage.rss()
    const { millis } = yield* timed(run[plan.step](plan))
    const peak = process.resourceUsage().maxRSS * 1_024
    process.send?.(
      {
        millis,
        peakMegabytes: megabytes(peak),
        beyondMegabytes: megabytes(peak - before)
      } satisfies Measured
    )
  })

await Effect.runPromise(
  Effect.flatMap(Effect.orDie(Schema.decode(Schema.parseJson(Plan))(process.argv[2] ?? "")), measured)
)
