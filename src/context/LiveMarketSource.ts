import { Context, Effect, Layer } from "effect"
import type { EventColumns } from "../domain/EventColumns.js"
import type { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import { rowsUpTo } from "../domain/mergeColumns.js"
import { MarketState } from "../state/MarketState.js"
import { reduce } from "../state/reduce.js"
import { type MarketStates, type MarketViews, marketViews } from "../state/views.js"
import { type Appended, EventLog, type MixedColumns } from "../store/EventLog.js"
import type { StorageFailure } from "../store/StorageFailure.js"
import { Ingest } from "./Ingest.js"
import { LiveMarket } from "./LiveMarket.js"
import { MarketClock } from "./MarketClock.js"
import { MarketSource } from "./MarketSource.js"

/** The events of a batch in the order of their sequence, each with the market that is loaded here, if it is. */
const inOrder = (
  kinds: ReadonlyArray<MixedColumns>,
  loaded: ReadonlyArray<ReadonlyArray<LiveMarket | undefined>>,
  take: (market: LiveMarket, columns: EventColumns, row: number) => void
): void => {
  const rows = kinds.map(() => 0)
  for (;;) {
    let kind = -1
    let least = Infinity
    for (let i = 0; i < kinds.length; i++) {
      const sequence = kinds[i]?.columns.sequence[rows[i] ?? 0] ?? Infinity
      if (sequence < least) [kind, least] = [i, sequence]
    }
    const columns = kinds[kind]?.columns
    if (columns === undefined) return
    const row = rows[kind] ?? 0
    rows[kind] = row + 1
    const market = loaded[kind]?.[row]
    if (market !== undefined) take(market, columns, row)
  }
}

/** Markets without any event whose states are kept. */
const mostUnknown = 1_000

/**
 * States of the present, fed by `Ingest`: append to the log, then apply, one batch after the other, so that live states
 * see events in exactly the order in which the log will replay them. A market's state is built from the log when it is
 * first asked for. `historyMillis` is the longest window that features declare: older prices and news are let go.
 *
 * Somebody else may write to the same log. A request sees all that was durable before the millisecond of the machine's
 * clock in which it is made: the first one of a millisecond looks for how far the log has come, and a market that is
 * asked for is given what it has gained since. Where that does not come behind all that its state has seen, as with an
 * import, the state is built anew. While a batch of our own is on its way nobody looks: it will show what came before it.
 */
export const LiveMarketSource = (
  historyMillis: number
): Layer.Layer<MarketSource | MarketStates | MarketViews | Ingest, never, EventLog | MarketClock> =>
  Layer.effectContext(
    Effect.gen(function*() {
      const log = yield* EventLog
      const clock = yield* MarketClock
      const machine = yield* Effect.clock
      const live = new Map<MarketId, LiveMarket>()
      /** markets that were unknown to the log when they were loaded, the longest ago first */
      const unknown = new Set<MarketId>()
      const oneAtATime = yield* Effect.makeSemaphore(1)
      /** the log position that is known here, and the highest one that somebody else has written */
      let [position, foreign] = [0, 0]
      let publishing = false
      /** the millisecond of the last look at the log */
      let lookedAt = NaN

      /** The market where it is loaded and lacks nothing that is known of. */
      const current = (market: MarketId) => {
        const known = live.get(market)
        return known !== undefined && known.upTo >= foreign ? known : undefined
      }

      const load = (market: MarketId) =>
        Effect.suspend(() => {
          if (!publishing && machine.unsafeCurrentTimeMillis() !== lookedAt) return lookAndLoad(market)
          const known = current(market)
          return known === undefined ? oneAtATime.withPermits(1)(renew(market)) : Effect.succeed(known)
        })

      const lookAndLoad = (market: MarketId): Effect.Effect<LiveMarket, StorageFailure> =>
        Effect.suspend(() => {
          const now = machine.unsafeCurrentTimeMillis()
          return Effect.flatMap(log.watermark, (watermark) => {
            lookedAt = now
            const known = current(market)
            if (watermark <= position && known !== undefined) return Effect.succeed(known)
            return oneAtATime.withPermits(1)(Effect.suspend(() => {
              // between two batches of our own, what is not known here is somebody else's
              if (watermark > position) position = foreign = watermark
              return renew(market)
            }))
          })
        })

      /** Makes room among the markets that the log does not know: anybody may ask for any name. */
      const keepUnknown = (market: MarketId) => {
        unknown.delete(market)
        unknown.add(market)
        const [oldest] = unknown
        if (unknown.size <= mostUnknown || oldest === undefined) return
        unknown.delete(oldest)
        // one that is known by now stays
        if (live.get(oldest)?.state.known === false) live.delete(oldest)
      }

      const renew = Effect.fnUntraced(function*(market: MarketId) {
        const known = live.get(market)
        if (known !== undefined) {
          if (known.upTo >= foreign) return known
          const { columns, watermark } = yield* log.read(market, { after: known.upTo })
          if (watermark > position) position = foreign = watermark
          if (known.follow(columns, watermark)) return known
        }
        const { columns, watermark } = yield* log.read(market)
        if (watermark > position) position = foreign = watermark
        const fresh = new LiveMarket(market, yield* log.completeSince, columns, watermark, historyMillis)
        live.set(market, fresh)
        if (columns.length === 0) keepUnknown(market)
        return fresh
      })

      /** Gives a market what others appended before a batch of our own; where that fails, it is built anew when asked for. */
      const catchUp = (known: LiveMarket, before: number) =>
        log.read(known.id, { after: known.upTo }).pipe(
          Effect.map(({ columns }) => known.follow(columns.map((one) => rowsUpTo(one, before)), before)),
          Effect.orElseSucceed(() => false),
          Effect.map((caughtUp) => {
            if (!caughtUp) live.delete(known.id)
          })
        )

      const follow = Effect.fnUntraced(function*({ events, kinds, sequence }: Appended, at: Instant) {
        const before = sequence - events
        if (before > position) foreign = before
        position = sequence
        const find = () => kinds.map(({ market }) => market.map((name) => live.get(name)))
        let loaded = find()
        const late = new Set<LiveMarket>()
        for (const own of loaded) {
          for (const known of own) if (known !== undefined && known.upTo < foreign) late.add(known)
        }
        if (late.size > 0) {
          yield* Effect.forEach(late, (known) => catchUp(known, before), { discard: true })
          loaded = find()
        }
        inOrder(kinds, loaded, (market, columns, row) => {
          // the first of its events in this batch: imported ones that have come due meanwhile go first
          if (market.upTo < sequence) market.begin(at, sequence)
          if (market.isPast) live.delete(market.id)
          else reduce(market.state, columns, row)
        })
      })

      const publish: Ingest["Type"]["publish"] = (events) =>
        oneAtATime.withPermits(1)(
          Effect.suspend(() => {
            const at = clock.unsafeNow()
            publishing = true
            return Effect.tap(log.append(events, at), (appended) => follow(appended, at))
          }).pipe(Effect.ensuring(Effect.sync(() => {
            publishing = false
          })))
        ).pipe(Effect.uninterruptible)

      // a market that was not loaded has no past that anyone could see
      const stateOf = (market: MarketId) => Effect.sync(() => live.get(market)?.state ?? new MarketState())
      return marketViews(stateOf).pipe(Context.add(MarketSource, { load }), Context.add(Ingest, { publish }))
    })
  )
