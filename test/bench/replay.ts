import { Effect, Layer } from "effect"
import { seeded } from "../../src/audit/random.js"
import { bindReplay } from "../../src/audit/recompute.js"
import { standardComputers } from "../../src/computers/standard.js"
import { Instant } from "../../src/domain/Instant.js"
import type { BoundGroup } from "../../src/features/BoundMarket.js"
import * as FeatureRegistry from "../../src/features/FeatureRegistry.js"
import { Replay } from "../../src/state/Replay.js"
import type { MarketViews } from "../../src/state/views.js"
import { EventLog } from "../../src/store/EventLog.js"
import { bareKernels, bareMarket } from "./bareKernel.js"
import { bookTicks, marketName, opening } from "./generate.js"
import { atLeast, atMost, median, timed } from "./measure.js"
import { storage } from "./storage.js"

const markets = 200
const ticks = 2_000_000
const rounds = 5
const kernelRounds = 20_000

/** Evaluates the groups at every event of a replay; returns how often. */
const evaluateEvents = (replay: Replay, groups: ReadonlyArray<BoundGroup<MarketViews>>): number => {
  let evaluated = 0
  for (let at = replay.next(); !Number.isNaN(at); at = replay.next()) {
    for (const group of groups) group.evaluate(Instant(at))
    evaluated++
  }
  return evaluated
}

/** Evaluates the groups again and again at instants behind the newest event. */
const evaluateKernels = (groups: ReadonlyArray<BoundGroup<MarketViews>>, newest: number, times: number): void => {
  for (let i = 0; i < times; i++) {
    const at = Instant(newest + (i & 1_023))
    for (const group of groups) group.evaluate(at)
  }
}

/** (a) the log on disk to all five groups at every event; and the kernels of orderbook and price_history alone. */
export const replayBench = (folder: string) =>
  Effect.gen(function*() {
    const log = yield* EventLog
    const registry = yield* FeatureRegistry.make(standardComputers, { cacheTtlSecs: 60, features: {}, external: {} })
    yield* log.importFile({ digest: "ticks", name: "ticks" }, bookTicks(markets, ticks, 5))

    const replayMillis: Array<number> = []
    const kernelMillis: Array<number> = []
    const bareMillis: Array<number> = []
    const bare = bareMarket(ticks / markets, opening, seeded(13))
    const out = new Float64Array(9)
    for (let round = 0; round < rounds; round++) {
      let kernels = 0
      const run = yield* timed(Effect.gen(function*() {
        for (let index = 0; index < markets; index++) {
          const market = marketName(index)
          const replay = new Replay((yield* log.read(market)).columns, Infinity)
          const { groups } = yield* bindReplay(registry, Layer.empty, market, replay)
          evaluateEvents(replay, groups)
          const two = groups.filter(({ group }) => group.name === "orderbook" || group.name === "price_history")
          const alone = yield* timed(Effect.sync(() => {
            evaluateKernels(two, replay.state.newestAt[2] ?? 0, kernelRounds)
          }))
          kernels += alone.millis
        }
      }))
      replayMillis.push(run.millis - kernels)
      kernelMillis.push(kernels)
      const limit = yield* timed(Effect.sync(() => {
        for (let index = 0; index < markets; index++) bareKernels(bare, opening, kernelRounds, out)
      }))
      bareMillis.push(limit.millis)
    }
    const perSecond = (count: number, millis: ReadonlyArray<number>) => count / median(millis) * 1_000
    return [
      atLeast("(a) log on disk -> 5 groups at every event", "vectors/s", perSecond(ticks, replayMillis), 1_500_000),
      atLeast(
        "(a) kernels alone, orderbook + price_history",
        "vectors/s",
        perSecond(markets * kernelRounds, kernelMillis),
        8_000_000
      ),
      // a bare loop does 17 million a second where the goal above is 8 million
      atMost("    the same beside a bare loop", "x bare loop", median(kernelMillis) / median(bareMillis), 17 / 8)
    ]
  }).pipe(Effect.provide(storage(`${folder}/replay.db`)))
