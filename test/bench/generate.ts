import { Stream } from "effect"
import { seeded } from "../../src/audit/random.js"
import type { TimedEvent } from "../../src/domain/Event.js"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import type { EventBatch } from "../../src/store/EventLog.js"

export const opening = Date.UTC(2026, 5, 1)

export const marketName = (index: number): MarketId => MarketId.make(`market-${index}`)

/** Ticks of many markets in turn, one second apart in each: full books of `levels` levels a side around a random walk. */
export const bookTicks = (markets: number, ticks: number, levels: number): Stream.Stream<EventBatch> => {
  const random = seeded(7)
  const middles = Array.from({ length: markets }, () => 300_000 + Math.floor(random() * 40) * 10_000)
  const batchOf = (batch: number, size: number): EventBatch => ({
    kind: "events",
    events: Array.from({ length: size }, (_, i): TimedEvent => {
      const tick = batch * size + i
      const market = tick % markets
      const step = Math.floor(random() * 3 - 1) * 5_000
      const middle = Math.min(900_000, Math.max(100_000, (middles[market] ?? 0) + step))
      middles[market] = middle
      const side = (sign: number) =>
        Array.from(
          { length: levels },
          (_, level) =>
            [middle + sign * (5_000 + level * 10_000), 1_000_000 + Math.floor(random() * 5_000_000) * 10_000] as const
        )
      return {
        availableAt: Instant(opening + Math.floor(tick / markets) * 1_000),
        event: {
          market: marketName(market),
          source: undefined,
          eventTime: undefined,
          body: { kind: "book", bids: side(-1), asks: side(1) }
        }
      }
    })
  })
  const size = 20_000
  return Stream.range(0, Math.ceil(ticks / size) - 1).pipe(Stream.map((batch) => batchOf(batch, size)))
}
