import { Context, Effect, Layer } from "effect"
import type { EventColumns } from "../domain/EventColumns.js"
import type { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import { MarketState, trim } from "../state/MarketState.js"
import { Replay } from "../state/Replay.js"
import { type MarketStates, type MarketViews, marketViews } from "../state/views.js"
import { type Appended, EventLog } from "../store/EventLog.js"
import { Ingest } from "./Ingest.js"
import { MarketClock } from "./MarketClock.js"
import { type MarketHandle, MarketSource } from "./MarketSource.js"

interface Live extends MarketHandle {
  /** the log position up to which none of the market's events is missing */
  upTo: number
}

/**
 * States of the present, fed by `Ingest`: append to the log, then apply, one batch after the other, so that live states
 * see events in exactly the order in which the log will replay them. A market's state is rebuilt from the log when it is
 * first asked for, and again where somebody else has written to the log, once a batch of our own shows it: what a state
 * holds is then the whole log up to its position. `historyMillis` is the longest window that features declare: older
 * prices and news are let go.
 */
export const LiveMarketSource = (
  historyMillis: number
): Layer.Layer<MarketSource | MarketStates | MarketViews | Ingest, never, EventLog | MarketClock> =>
  Layer.effectContext(
    Effect.gen(function*() {
      const log = yield* EventLog
      const clock = yield* MarketClock
      const live = new Map<MarketId, Live>()
      const oneAtATime = yield* Effect.makeSemaphore(1)
      /** the log position that is known here, and the highest one that somebody else has written */
      let [position, foreign] = [0, 0]

      const load = (market: MarketId) =>
        Effect.suspend(() => {
          const known = live.get(market)
          return known !== undefined && known.upTo >= foreign
            ? Effect.succeed(known)
            : oneAtATime.withPermits(1)(renew(market))
        })

      /** Whether the log holds events of the market, up to a position of it, that the state has not been given. */
      const hasMissed = (market: MarketId, { upTo }: Live, to: number) =>
        Effect.map(
          log.read(market, { after: upTo }),
          ({ columns }) => columns.some(({ sequence }) => sequence.some((own) => own <= to))
        )

      const renew = Effect.fnUntraced(function*(market: MarketId) {
        const known = live.get(market)
        if (known !== undefined && (known.upTo >= foreign || !(yield* hasMissed(market, known, foreign)))) {
          known.upTo = Math.max(known.upTo, foreign)
          return known
        }
        const { columns, watermark } = yield* log.read(market)
        if (watermark > position) position = foreign = watermark
        // what was imported under a later instant waits for its time
        const replay = new Replay(columns, Infinity)
        const handle: Live = {
          state: replay.state,
          upTo: watermark,
          moveTo: (at) => {
            replay.advance(at)
            trim(replay.state, at - historyMillis)
          }
        }
        live.set(market, handle)
        return handle
      })

      const apply = (handle: Live, columns: ReadonlyArray<EventColumns>, at: Instant) => {
        handle.moveTo(at)
        new Replay(columns, Infinity, handle.state).advance(at)
        handle.upTo = position
      }

      const follow = Effect.fnUntraced(function*({ columns, events, sequence }: Appended, at: Instant) {
        const before = sequence - events
        if (before > position) foreign = before
        position = sequence
        const byMarket = new Map<MarketId, Array<EventColumns>>()
        for (const one of columns) byMarket.set(one.market, [...byMarket.get(one.market) ?? [], one.columns])
        for (const [market, own] of byMarket) {
          const handle = live.get(market)
          if (handle === undefined) continue
          // the batch is in the log, so that a state which cannot be followed up is rebuilt from there
          const isWhole = handle.upTo >= foreign ||
            !(yield* Effect.orElseSucceed(hasMissed(market, handle, before), () => true))
          // a request may have taken the state past this instant, to events that were imported under a later one
          const isPast = handle.state.newestAt.some((newest) => newest > at)
          if (isWhole && !isPast) apply(handle, own, at)
          else live.delete(market)
        }
      })

      const publish: Ingest["Type"]["publish"] = (events) =>
        oneAtATime.withPermits(1)(
          Effect.suspend(() => {
            const at = clock.unsafeNow()
            return Effect.tap(log.append(events, at), (appended) => follow(appended, at))
          })
        ).pipe(Effect.uninterruptible)

      // a market that was not loaded has no past that anyone could see
      const stateOf = (market: MarketId) => Effect.sync(() => live.get(market)?.state ?? new MarketState())
      return marketViews(stateOf).pipe(Context.add(MarketSource, { load }), Context.add(Ingest, { publish }))
    })
  )
