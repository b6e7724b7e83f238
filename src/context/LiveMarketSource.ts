import { Context, Effect, Layer } from "effect"
import type { EventColumns } from "../domain/EventColumns.js"
import type { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import { MarketState } from "../state/MarketState.js"
import { Replay } from "../state/Replay.js"
import { type MarketStates, type MarketViews, marketViews } from "../state/views.js"
import { EventLog } from "../store/EventLog.js"
import { Ingest } from "./Ingest.js"
import { MarketClock } from "./MarketClock.js"
import { type MarketHandle, MarketSource } from "./MarketSource.js"

/**
 * States of the present, fed by `Ingest`: append to the log, then apply, one batch after the other, so that live states
 * see events in exactly the order in which the log will replay them. A market's state is rebuilt from the log when it is
 * first asked for. `historyMillis` is the longest window that features declare: older prices and news are let go.
 */
export const LiveMarketSource = (
  historyMillis: number
): Layer.Layer<MarketSource | MarketStates | MarketViews | Ingest, never, EventLog | MarketClock> =>
  Layer.effectContext(
    Effect.gen(function*() {
      const log = yield* EventLog
      const clock = yield* MarketClock
      const live = new Map<MarketId, MarketHandle>()
      const oneAtATime = yield* Effect.makeSemaphore(1)

      const trim = ({ news, prices }: MarketState, at: number) => {
        prices.trim(at - historyMillis)
        news.trim(at - historyMillis)
      }

      const load = (market: MarketId) =>
        Effect.suspend(() => {
          const known = live.get(market)
          return known === undefined ? oneAtATime.withPermits(1)(rebuild(market)) : Effect.succeed(known)
        })

      const rebuild = Effect.fnUntraced(function*(market: MarketId) {
        const known = live.get(market)
        if (known !== undefined) return known
        const { columns } = yield* log.read(market)
        // what was imported under a later instant waits for its time
        const replay = new Replay(columns, Infinity)
        const handle: MarketHandle = {
          state: replay.state,
          moveTo: (at) => {
            replay.advance(at)
            trim(replay.state, at)
          }
        }
        live.set(market, handle)
        return handle
      })

      const apply = (market: MarketId, columns: ReadonlyArray<EventColumns>, at: Instant) => {
        const handle = live.get(market)
        if (handle === undefined) return
        handle.moveTo(at)
        new Replay(columns, Infinity, handle.state).advance(at)
      }

      const publish: Ingest["Type"]["publish"] = (events) =>
        oneAtATime.withPermits(1)(
          Effect.suspend(() => {
            const at = clock.unsafeNow()
            return Effect.tap(log.append(events, at), (appended) => {
              const byMarket = new Map<MarketId, Array<EventColumns>>()
              for (const { columns, market } of appended.columns) {
                byMarket.set(market, [...byMarket.get(market) ?? [], columns])
              }
              for (const [market, columns] of byMarket) apply(market, columns, at)
            })
          })
        ).pipe(Effect.uninterruptible)

      // a market that was not loaded has no past that anyone could see
      const stateOf = (market: MarketId) => Effect.sync(() => live.get(market)?.state ?? new MarketState())
      return marketViews(stateOf).pipe(Context.add(MarketSource, { load }), Context.add(Ingest, { publish }))
    })
  )
