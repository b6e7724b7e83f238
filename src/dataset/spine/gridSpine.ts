import { Effect, Stream } from "effect"
import { type Instant, isInstant } from "../../domain/Instant.js"
import type { MarketId } from "../../domain/MarketId.js"
import { tabulate } from "../../domain/tabulate.js"
import { blockRows } from "../columns.js"
import type { Spine, SpineBlock } from "./Spine.js"
import { SpineDigest } from "./SpineDigest.js"

/** A time grid: every market at `from`, and every step after it up to `to`, inclusive. */
export interface Grid {
  readonly markets: ReadonlyArray<MarketId>
  readonly everyMillis: number
  readonly from: Instant
  readonly to: Instant
}

/** The rows of a grid, market by market and each in the order of time. */
export const gridSpine = ({ everyMillis, from, markets, to }: Grid): Effect.Effect<Spine> =>
  Effect.gen(function*() {
    if (!(everyMillis > 0) || !isInstant(from) || !isInstant(to)) {
      return yield* Effect.dieMessage(`a grid of every ${everyMillis} ms from ${from} to ${to} has no end`)
    }
    const instants = Math.max(0, Math.floor((to - from) / everyMillis) + 1)
    const rows = instants * markets.length
    const block = (index: number): SpineBlock => {
      const start = index * blockRows
      const size = Math.min(blockRows, rows - start)
      return {
        markets: Array.from({ length: size }, (_, row) => Math.floor((start + row) / instants))
          .flatMap((market) => markets.slice(market, market + 1)),
        timestamps: tabulate(size, (row) => from + (start + row) % instants * everyMillis),
        carried: []
      }
    }
    const count = Math.ceil(rows / blockRows)
    // one by one: a whole chunk of the stream would be thousands of blocks in memory
    const blocks = Stream.range(0, count - 1, 1).pipe(Stream.map(block))
    const digest = new SpineDigest()
    yield* Stream.runForEach(blocks, (some) => Effect.sync(() => digest.add([], some)))
    return {
      carried: [],
      rows,
      first: rows === 0 ? null : from,
      last: rows === 0 ? null : from + (instants - 1) * everyMillis,
      digest: digest.finish([]),
      blocks
    }
  })
