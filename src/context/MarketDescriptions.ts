import { Context, Effect, Layer } from "effect"
import type { MarketSnapshot } from "../domain/Event.js"
import type { EventColumns } from "../domain/EventColumns.js"
import type { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import { EventLog } from "../store/EventLog.js"
import type { StorageFailure } from "../store/StorageFailure.js"

/**
 * What a market said of itself as of an instant: the newest description known then. It is read from the log, in every
 * context, so that a description that came later is not seen, whatever else the context has moved on to.
 */
export class MarketDescriptions extends Context.Tag("features/MarketDescriptions")<MarketDescriptions, {
  /** `undefined` where none was known at this instant, inclusive. */
  readonly at: (market: MarketId, at: Instant) => Effect.Effect<MarketSnapshot | undefined, StorageFailure>
}>() {}

interface Described {
  readonly availableAt: number
  readonly sequence: number
  readonly snapshot: MarketSnapshot
}

interface Known {
  readonly described: ReadonlyArray<Described>
  /** the log position up to which the market was read */
  readonly watermark: number
}

const describedIn = (columns: EventColumns): ReadonlyArray<Described> =>
  columns.kind !== "market" ? [] : columns.payload.map((snapshot, row) => ({
    availableAt: columns.availableAt[row] ?? NaN,
    sequence: columns.sequence[row] ?? NaN,
    snapshot
  }))

/** A market is read once; later questions read what has been appended since. */
export const layer = Layer.effect(
  MarketDescriptions,
  Effect.map(EventLog, (log) => {
    const markets = new Map<MarketId, Known>()
    const load = Effect.fnUntraced(function*(market: MarketId) {
      const before = markets.get(market) ?? { described: [], watermark: 0 }
      const { columns, watermark } = yield* log.read(market, { after: before.watermark })
      const added = columns.flatMap(describedIn)
      const described = added.length === 0 ?
        before.described :
        [...before.described, ...added].sort((a, b) => a.availableAt - b.availableAt || a.sequence - b.sequence)
      // another question may have read further meanwhile
      if (watermark >= (markets.get(market)?.watermark ?? 0)) markets.set(market, { described, watermark })
      return described
    })
    return {
      at: (market, at) =>
        Effect.map(
          load(market),
          (described) => described.findLast(({ availableAt }) => availableAt <= at)?.snapshot
        )
    }
  })
)
