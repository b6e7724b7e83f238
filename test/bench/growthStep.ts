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

const run: Record<Step, (plan: Plan, onProgress: Effect.Effect<void>) => Effect.Effect<unknown>> = {
  import: (plan, onProgress) => Effect.orDie(importQuotes(at(plan, "quotes.csv"), at(plan, "own.db"), onProgress)),
  materialise: (plan, onProgress) =>
    materializeAll(at(plan, "own.db"), opening, plan.end, 60_000, onProgress).pipe(
      Effect.provide(NodeContext.layer),
      Effect.orDie
    ),
  dataset: (plan, onProgress) =>
    buildShared(at(plan, "spine.csv"), at(plan, "set.parquet"), onProgress).pipe(
      Effect.provide(Layer.merge(Layer.provideMerge(LiveClock, storage(at(plan, "log.db"))), NodeContext.layer)),
      Effect.orDie
    ),
  replay: (plan, onProgress) =>
    Effect.flatMap(
      standardRegistry,
      (registry) => replayAll(registry, plan.markets, () => undefined, onProgress)
    ).pipe(Effect.provide(storage(at(plan, "log.db"))), Effect.orDie),
  backtest: (plan, onProgress) =>
    Effect.gen(function*() {
      // every five minutes: the journal is not what grows here
      const settings = yield* Schema.decode(MeanReversionSettings)({ intervalSecs: 300 })
      return yield* runBacktest(yield* standardRegistry, settings, onProgress)
    }).pipe(
      Effect.provide(
        Layer.merge(Layer.provideMerge(SqliteDecisionJournal.layer, storage(at(plan, "own.db"))), NodeContext.layer)
      ),
      Effect.orDie
    )
}

const collectEveryMillis = 150

/** Watches what is left after full garbage collections: what is held on to, and no garbage that nothing has cleared yet. */
const watchHeld = () => {
  let most = 0
  let last = -Infinity
  const onProgress = Effect.sync(() => {
    if (performance.now() - last < collectEveryMillis) return
    globalThis.gc?.()
    const { arrayBuffers, heapUsed } = process.memoryUsage()
    most = Math.max(most, heapUsed + arrayBuffers)
    last = performance.now()
  })
  return { onProgress, most: () => most }
}

/** Runs a step; its time says something only where nothing is collected on the way. */
const measured = (plan: Plan) =>
  Effect.gen(function*() {
    const { most, onProgress } = watchHeld()
    const { millis } = yield* timed(run[plan.step](plan, plan.isCollected ? onProgress : Effect.void))
    const peak = process.resourceUsage().maxRSS * 1_024
    process.send?.({ millis, peakMegabytes: peak / 1e6, heldMegabytes: most() / 1e6 } satisfies Measured)
  })

await Effect.runPromise(
  Effect.flatMap(Effect.orDie(Schema.decode(Schema.parseJson(Plan))(process.argv[2] ?? "")), measured)
)
