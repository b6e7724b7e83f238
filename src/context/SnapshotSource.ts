import { Context, Effect, Layer } from "effect"
import type { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import { MarketState } from "../state/MarketState.js"
import { Replay } from "../state/Replay.js"
import { type MarketStates, type MarketViews, marketViews } from "../state/views.js"
import { EventLog } from "../store/EventLog.js"
import type { StorageFailure } from "../store/StorageFailure.js"
import { type MarketHandle, MarketSource } from "./MarketSource.js"

/** Events of recently asked markets kept in memory, at some 150 bytes each with their checkpoints. */
const keptEvents = 1_000_000

/** What a market weighs by itself, in events: one without any has a state too, and anybody may ask for any name. */
const marketWeight = 150

interface Recorded extends MarketHandle {
  readonly events: number
  /** the log position up to which its events are in */
  watermark: number
}

/**
 * States as of any instant, out of the log: the historical half of every context. Markets are read when they are first
 * asked for and kept while there is room; an answer always reflects the whole log as it is then.
 */
export const SnapshotSource: Layer.Layer<MarketSource | MarketStates | MarketViews, never, EventLog> = Layer
  .effectContext(
    Effect.gen(function*() {
      const log = yield* EventLog
      /** least recently asked first */
      const kept = new Map<MarketId, Recorded>()
      let events = 0

      const forget = (market: MarketId) => {
        events -= kept.get(market)?.events ?? 0
        kept.delete(market)
      }

      const read = (market: MarketId): Effect.Effect<Recorded, StorageFailure> =>
        // after the events: what is dropped in between makes it say less, never more
        Effect.zipWith(log.read(market), log.completeSince, ({ columns, watermark }, completeSince) => {
          const replay = new Replay(columns)
          const weight = replay.size() + marketWeight
          forget(market)
          for (const oldest of kept.keys()) {
            if (events + weight <= keptEvents) break
            forget(oldest)
          }
          events += weight
          const handle = {
            state: replay.state,
            completeSince,
            moveTo: (at: Instant) => replay.seek(at),
            events: weight,
            watermark
          }
          kept.set(market, handle)
          return handle
        })

      const load: (market: MarketId) => Effect.Effect<Recorded, StorageFailure> = Effect.fnUntraced(
        function*(market) {
          const known = kept.get(market)
          if (known === undefined) return yield* read(market)
          const watermark = yield* log.watermark
          const grown = known.watermark !== watermark &&
            (yield* log.read(market, { after: known.watermark })).columns.length > 0
          if (grown) return yield* read(market)
          // another request may have let it go meanwhile, or read more of the log
          if (kept.get(market) !== known) return yield* load(market)
          known.watermark = Math.max(known.watermark, watermark)
          kept.delete(market)
          kept.set(market, known)
          return known
        }
      )

      // a market that was not loaded has no past that anyone could see
      const stateOf = (market: MarketId) => Effect.sync(() => kept.get(market)?.state ?? new MarketState())
      return Context.add(marketViews(stateOf), MarketSource, { load })
    })
  )
