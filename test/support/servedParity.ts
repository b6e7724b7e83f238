import { Array, Chunk, Effect, Stream } from "effect"
import { strict as assert } from "node:assert"
import type { FeatureRegistry } from "../../src/features/FeatureRegistry.js"
import { Replay } from "../../src/state/Replay.js"
import type { MarketViews } from "../../src/state/views.js"
import { EventLog } from "../../src/store/EventLog.js"
import { FeatureRepository } from "../../src/store/FeatureRepository.js"
import { Evaluator } from "./evaluate.js"

type Registry = FeatureRegistry<MarketViews>

/** Where each group's features stand among all of them. */
const placeOf = (registry: Registry, name: string) => {
  const index = registry.computed.findIndex((group) => group.name === name)
  return registry.computed.slice(0, index).reduce((width, group) => width + group.features.length, 0)
}

/** Every served answer is what the log gives when it is computed anew at its instant and log position. */
export const servedEqualsHistory = (registry: Registry) =>
  Effect.gen(function*() {
    const repository = yield* FeatureRepository
    const log = yield* EventLog
    const served = Chunk.toReadonlyArray(yield* Stream.runCollect(repository.served))
    const byMoment = Array.groupBy(served, ({ at, market, sequence }) => `${market} at ${at}, position ${sequence}`)
    const columns = yield* Effect.forEach([...new Set(served.map((answer) => answer.market))], (market) =>
      Effect.map(log.read(market), (read) => [market, read.columns] as const))
    const columnsOf = new Map(columns)
    for (const [moment, answers] of Object.entries(byMoment)) {
      const { at, market, sequence } = answers[0]
      const replay = new Replay(columnsOf.get(market) ?? [], Infinity)
      replay.advance(at, sequence)
      assert.strictEqual(replay.state.sequence, sequence, moment)
      const bits = new Evaluator(replay.state, registry).bits(at)
      for (const { group, reasons, values } of answers) {
        const from = placeOf(registry, group.name)
        assert.deepStrictEqual(values, bits.values.slice(from, from + values.length), `${group.name} of ${moment}`)
        assert.deepStrictEqual(reasons, bits.reasons.slice(from, from + values.length), `${group.name} of ${moment}`)
      }
    }
    return served
  })
