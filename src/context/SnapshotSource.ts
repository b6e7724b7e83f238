import { Context, Effect, Layer } from "effect"
import type { MarketId } from "../domain/MarketId.js"
import { MarketState } from "../state/MarketState.js"
import { Replay } from "../state/Replay.js"
import { type MarketStates, type MarketViews, marketViews } from "../state/views.js"
import { EventLog } from "../store/EventLog.js"
import type { StorageFailure } from "../store/StorageFailure.js"
import { type MarketHandle, MarketSource } from "./MarketSource.js"

/** Events of recently asked markets kept in memory, at some 100 bytes each with their checkpoints. */
const keptEvents = 4_000_000

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
        Effect.map(log.read(market), ({ columns, watermark }) => {
          const replay = new Replay(columns)
          forget(market)
          for (const oldest of kept.keys()) {
            if (events + replay.size() <= keptEvents) break
            forget(oldest)
          }
          events += replay.size()
          return { state: replay.state, moveTo: (at) => replay.seek(at), events: replay.size(), watermark }
        })

      const load = Effect.fnUntraced(function*(market: MarketId) {
        const known = kept.get(market)
        const watermark = yield* log.watermark
        const grown = known !== undefined && known.watermark !== watermark &&
          (yield* log.read(market, { after: known.watermark })).columns.length > 0
        const handle = known === undefined || grown ? yield* read(market) : known
        if (handle === known) handle.watermark = watermark
        kept.delete(market)
        kept.set(market, handle)
        return handle
      })

      // a market that was not loaded has no past that anyone could see
      const stateOf = (market: MarketId) => Effect.sync(() => kept.get(market)?.state ?? new MarketState())
      return Context.add(marketViews(stateOf), MarketSource, { load })
    })
  )
