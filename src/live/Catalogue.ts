import { Context, type Duration, Effect, Layer, Option, Schedule, Schema, Stream } from "effect"
import { Intake } from "../context/Intake.js"
import { MarketSource } from "../context/MarketSource.js"
import type { MarketEvent } from "../domain/Event.js"
import type { MarketId } from "../domain/MarketId.js"
import { Gamma, type MarketFilter } from "../polymarket/Gamma.js"
import { MarketChannel } from "../polymarket/MarketChannel.js"
import { type Description, marketEvents } from "../polymarket/marketEvents.js"
import type { VenueFailure } from "../polymarket/VenueFailure.js"
import { TokenId, type VenueMarket } from "../polymarket/VenueMarket.js"
import { EventLog } from "../store/EventLog.js"
import type { StorageFailure } from "../store/StorageFailure.js"
import { leftBehind } from "./leftBehind.js"

/** Which markets are followed: those named, and those that fit the filter, by liquidity. */
export interface Selection {
  /** condition ids, Gamma's numbers, slugs or token ids */
  readonly ids: ReadonlyArray<string>
  readonly filter: MarketFilter | undefined
  /** of the filter's markets, the most that are followed at once */
  readonly most: number
}

/** A market that was asked for by name is not at the venue. */
export class MarketNotFound extends Schema.TaggedError<MarketNotFound>()("MarketNotFound", { id: Schema.String }) {}

/** The markets that are followed, as the venue describes them now. */
export class Catalogue extends Context.Tag("live/Catalogue")<Catalogue, {
  readonly markets: Effect.Effect<ReadonlyArray<VenueMarket>>
  /** As `VenueMarket.feeRate`; `undefined` where it is not reported or the market is not followed. */
  readonly feeRateOf: (market: MarketId) => number | undefined
}>() {}

export interface CatalogueOptions {
  readonly selection: Selection
  /** how often followed markets are described anew */
  readonly describeEvery: Duration.DurationInput
  /** how often the venue is asked for markets that fit the filter by now */
  readonly discoverEvery: Duration.DurationInput
}

const isToken = Schema.is(TokenId)

/** Gamma's numbers of markets are digits too, but never this many. */
const shortestToken = 30

/** A venue that cannot be asked is asked again: a recorder outlives its outages. */
const untilAnswered = <A>(effect: Effect.Effect<A, VenueFailure>): Effect.Effect<A> =>
  effect.pipe(
    Effect.tapError((failure) =>
      Effect.logWarning("the venue's catalogue cannot be read; trying again").pipe(
        Effect.annotateLogs("failure", failure.message)
      )
    ),
    Effect.retry(Schedule.exponential("1 seconds").pipe(Schedule.union(Schedule.spaced("30 seconds")))),
    // the schedule has no end
    Effect.orDie
  )

const make = ({ describeEvery, discoverEvery, selection }: CatalogueOptions) =>
  Effect.gen(function*() {
    const gamma = yield* Gamma
    const channel = yield* MarketChannel
    const intake = yield* Intake
    const source = yield* MarketSource
    const log = yield* EventLog
    const { filter, ids, most } = selection
    /** what is followed, as it was last described */
    const followed = new Map<MarketId, VenueMarket>()
    /** markets that have ended: they are not followed again */
    const ended = new Set<MarketId>()

    /** What the log has been told of a market before this process; `undefined` where nothing. */
    const toldBefore = ({ id, outcome }: VenueMarket): Effect.Effect<Description | undefined, StorageFailure> =>
      Effect.gen(function*() {
        const { state: { closed, snapshot } } = yield* source.load(id)
        if (snapshot === undefined) return undefined
        if (!closed || outcome === undefined) return { snapshot, closed, outcome: undefined }
        const { columns } = yield* log.read(id)
        const resolved = columns.flatMap((rows) => rows.kind === "resolution" ? [...rows.outcome] : [])
        return { snapshot, closed, outcome: resolved.at(-1) }
      })

    /** Hands events over, waiting while the recorder holds too much. */
    const offer = (events: ReadonlyArray<MarketEvent>): Effect.Effect<void> =>
      Effect.suspend(() => intake.offer(events) ? Effect.void : Effect.zipRight(intake.room, offer(events)))

    const publish = (market: VenueMarket) =>
      Effect.gen(function*() {
        yield* offer(marketEvents(followed.get(market.id) ?? (yield* toldBefore(market)), market))
        if (market.closed && market.outcome !== undefined) {
          followed.delete(market.id)
          ended.add(market.id)
        } else followed.set(market.id, market)
      })

    /** Takes descriptions in: their events, new markets, and those that are over. */
    const take = (markets: ReadonlyArray<VenueMarket>) =>
      Effect.gen(function*() {
        const fresh = markets.filter(({ id }) => !followed.has(id) && !ended.has(id))
        const closing = markets.filter(({ closed, id }) => closed && followed.get(id)?.closed === false)
        yield* Effect.forEach(markets.filter(({ id }) => !ended.has(id)), publish, { discard: true })
        yield* channel.unfollow(closing.map(({ id }) => id))
        yield* channel.follow(fresh.filter(({ closed }) => !closed))
      })

    const named = (id: string): Effect.Effect<VenueMarket, MarketNotFound> =>
      Effect.flatMap(
        untilAnswered(isToken(id) && id.length >= shortestToken ? gamma.findByToken(id) : gamma.find(id)),
        Option.match({ onNone: () => new MarketNotFound({ id }), onSome: Effect.succeed })
      )

    /** Open markets that fit the filter, by liquidity, as many as there is room for. */
    const discover = Effect.gen(function*() {
      if (filter === undefined) return
      const listed = yield* untilAnswered(Stream.runCollect(gamma.list(filter)))
      const byLiquidity = [...listed]
        .filter((market) => !market.closed && !followed.has(market.id))
        .sort((a, b) => (b.snapshot.liquidity ?? 0) - (a.snapshot.liquidity ?? 0) || (a.id < b.id ? -1 : 1))
      yield* take(byLiquidity.slice(0, Math.max(0, most - followed.size)))
    })

    const describe = Effect.gen(function*() {
      const described = yield* untilAnswered(gamma.describe([...followed.keys()]))
      yield* take(described)
      // what the venue has announced is looked at without waiting for the next discovery
      const announced = filter === undefined ? [] : yield* channel.announced
      if (announced.length > 0) yield* discover
    })

    const before = yield* leftBehind
    yield* offer(before.gaps)
    yield* take(yield* Effect.forEach(ids, named, { concurrency: 4 }))
    yield* discover
    // what ended while nobody listened is listed no more
    const unfinished = yield* untilAnswered(gamma.describe(before.markets.filter((id) => !followed.has(id))))
    yield* take(unfinished.filter(({ closed }) => closed))
    const keepDoing = (work: Effect.Effect<void, StorageFailure>, every: Duration.DurationInput) =>
      work.pipe(
        Effect.catchAll((failure) =>
          Effect.logWarning("the catalogue waits for the log").pipe(Effect.annotateLogs("failure", failure.message))
        ),
        Effect.delay(every),
        Effect.forever,
        Effect.forkScoped
      )
    yield* keepDoing(describe, describeEvery)
    if (filter !== undefined) yield* keepDoing(discover, discoverEvery)
    return Catalogue.of({
      markets: Effect.sync(() => [...followed.values()]),
      feeRateOf: (market) => followed.get(market)?.feeRate
    })
  })

/** Follows a selection of the venue's markets for as long as it lasts: what they say of themselves, and their books. */
export const layer = (options: CatalogueOptions) => Layer.scoped(Catalogue, make(options))
