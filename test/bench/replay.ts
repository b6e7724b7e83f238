import { Effect, Layer } from "effect"
import { bindReplay } from "../../src/audit/recompute.js"
import { standardComputers } from "../../src/computers/standard.js"
import { Instant } from "../../src/domain/Instant.js"
import * as FeatureRegistry from "../../src/features/FeatureRegistry.js"
import { Replay } from "../../src/state/Replay.js"
import { EventLog } from "../../src/store/EventLog.js"
import { bookTicks, marketName, opening } from "./generate.js"
import { atLeast, count, median, timed } from "./measure.js"
import { storage } from "./storage.js"

const markets = 200
const ticks = 400_000
const settings = { cacheTtlSecs: 60, features: {}, external: {} }

/** Evaluates the groups of `names` at every event of a market; returns the vectors and a sum that keeps them alive. */
const replayMarket = (
  registry: FeatureRegistry.FeatureRegistry<never>,
  replay: Replay,
  evaluateAll: (at: Instant) => number
) => {
  let vectors = 0
  let sum = 0
  for (let at = replay.next(); !Number.isNaN(at); at = replay.next()) {
    sum += evaluateAll(Instant(at))
    vectors++
  }
  return { vectors, sum, groups: registry.groups.length }
}
export { replayMarket }

/** (a) log on disk to all five groups at every event; and the kernels of orderbook and price_history alone. */
export const replayBench = (folder: string) =>
  Effect.gen(function*() {
    const log = yield* EventLog
    const registry = yield* FeatureRegistry.make(standardComputers, settings)
    const fed = yield* timed(log.importFile({ digest: "ticks", name: "ticks" }, bookTicks(markets, ticks, 5)))

    const rounds: Array<number> = []
    let vectors = 0
    for (let round = 0; round < 3; round++) {
      const run = yield* timed(Effect.gen(function*() {
        vectors = 0
        for (let index = 0; index < markets; index++) {
          const { columns } = yield* log.read(marketName(index))
          const replay = new Replay(columns, Infinity)
          const { groups } = yield* bindReplay(registry, Layer.empty, marketName(index), replay)
          for (let at = replay.next(); !Number.isNaN(at); at = replay.next()) {
            for (const group of groups) group.evaluate(Instant(at))
            vectors++
          }
        }
      }))
      rounds.push(run.millis)
    }

    const { columns } = yield* log.read(marketName(0))
    const replay = new Replay(columns, Infinity)
    const { groups } = yield* bindReplay(registry, Layer.empty, marketName(0), replay)
    replay.advance(Infinity)
    const kernels = groups.filter(({ group }) => group.name === "orderbook" || group.name === "price_history")
    const evaluations = 5_000_000
    const last = opening + ticks / markets * 1_000
    const kernelRounds: Array<number> = []
    for (let round = 0; round < 3; round++) {
      const run = yield* timed(Effect.sync(() => {
        for (let i = 0; i < evaluations; i++) {
          const at = Instant(last + (i & 1023))
          for (const kernel of kernels) kernel.evaluate(at)
        }
      }))
      kernelRounds.push(run.millis)
    }
    return [
      atLeast("(a) log on disk -> 5 groups at every event", "vectors/s", vectors / median(rounds) * 1000, 1_500_000),
      atLeast(
        "(a) kernels alone, orderbook + price_history",
        "vectors/s",
        evaluations / median(kernelRounds) * 1000,
        8_000_000
      ),
      atLeast("    (appending the generated books)", `events/s, ${count(fed.millis)} ms`, ticks / fed.millis * 1000, 0)
    ]
  }).pipe(Effect.provide(storage(`${folder}/replay.db`)))
