import { Array as Arr, Clock, Context, Effect, Layer, Option, Schema } from "effect"
import { eventOf } from "../../src/domain/eventOf.js"
import type { MarketId } from "../../src/domain/MarketId.js"
import * as FeatureComputer from "../../src/features/FeatureComputer.js"
import { Reason } from "../../src/features/Reason.js"
import { OrderBooks, PriceHistory } from "../../src/state/views.js"
import { EventLog } from "../../src/store/EventLog.js"

/** A quote as the log has it: when it was known, and its best bid in millionths. */
interface Recorded {
  readonly at: number
  readonly bid: number
}

/**
 * A service of a user's own that hands computers the log itself. Nothing in it keeps anybody from reading on: what a feature
 * may know is up to the feature, which is what audits are for.
 */
export class RecordedQuotes extends Context.Tag("test/RecordedQuotes")<RecordedQuotes, {
  readonly of: (market: MarketId) => Effect.Effect<ReadonlyArray<Recorded>>
  /** what a YES share will have paid; none where the log does not say */
  readonly outcome: (market: MarketId) => Effect.Effect<Option.Option<number>>
}>() {}

/** The service over whatever log a context holds. */
export const recordedQuotes = Layer.effect(
  RecordedQuotes,
  Effect.map(EventLog, (log) => ({
    of: (market) =>
      Effect.map(
        Effect.orDie(log.read(market)),
        ({ columns }) =>
          columns.flatMap((own) =>
            Array.from({ length: own.rows }, (_, row): ReadonlyArray<Recorded> => {
              const body = eventOf(market, own, row)?.body
              return body?.kind === "quote" ? [{ at: own.availableAt[row] ?? NaN, bid: body.bestBid ?? 0 }] : []
            }).flat()
          )
      ),
    outcome: (market) =>
      Effect.map(
        Effect.orDie(log.read(market)),
        ({ columns }) => Arr.last(columns.flatMap((own) => own.kind === "resolution" ? [...own.outcome] : []))
      )
  }))
)

/** The service over the probe history, which has no log. */
const noQuotes = Layer.succeed(RecordedQuotes, {
  of: () => Effect.succeed([]),
  outcome: () => Effect.succeedNone
})

const declared = {
  version: "1.0",
  ttl: "1 second",
  parameters: Schema.Struct({}),
  reads: ["quote"]
} as const

const one = (description: string) => ({ value: { unit: "1", description, needs: ["quote"] } }) as const

/** Reads the newest quote of the log, whatever the instant it is asked about. */
export const ReadsNewest = FeatureComputer.makeWithServices("reads_newest", noQuotes, {
  ...declared,
  features: one("best bid of the newest quote there is"),
  bind: Effect.fnUntraced(function*(market, _parameters, out) {
    const quotes = yield* (yield* RecordedQuotes).of(market)
    return () => {
      const newest = quotes.at(-1)
      if (newest === undefined) out.value.unknown(Reason.no_data)
      else out.value.known(newest.bid)
    }
  })
})

/** Knows how the market ends, which is all that a strategy needs to get rich in a backtest. */
export const KnowsOutcome = FeatureComputer.makeWithServices("knows_outcome", noQuotes, {
  ...declared,
  features: one("what a YES share will pay"),
  bind: Effect.fnUntraced(function*(market, _parameters, out) {
    const outcome = yield* (yield* RecordedQuotes).outcome(market)
    return () => {
      if (Option.isNone(outcome)) out.value.unknown(Reason.no_data)
      else out.value.known(outcome.value)
    }
  })
})

/** Looks one quote ahead in the log. */
export const LooksAhead = FeatureComputer.makeWithServices("looks_ahead", noQuotes, {
  ...declared,
  features: one("best bid of the next quote"),
  bind: Effect.fnUntraced(function*(market, _parameters, out) {
    const quotes = yield* (yield* RecordedQuotes).of(market)
    return (at) => {
      const next = quotes.find((quote) => quote.at > at)
      if (next === undefined) out.value.unknown(Reason.no_data)
      else out.value.known(next.bid)
    }
  })
})

/** Knows beforehand when the price will leap above 0.8, and says nothing until one does. */
export const FearsLeaps = FeatureComputer.makeWithServices("fears_leaps", noQuotes, {
  ...declared,
  features: one("1 before a leap"),
  bind: Effect.fnUntraced(function*(market, _parameters, out) {
    const quotes = yield* (yield* RecordedQuotes).of(market)
    return (at) => out.value.known((quotes.find((quote) => quote.at > at)?.bid ?? 0) > 800_000 ? 1 : 0)
  })
})

/**
 * Reads the log as it may be read: up to the instant, and as far back as it declares. Live it would not do: it never sees
 * the log grow that it was bound to, which is for the audit of parity to find.
 */
export const ReadsHonestly = FeatureComputer.makeWithServices("reads_honestly", noQuotes, {
  ...declared,
  features: one("quotes of the last minute"),
  history: () => "60 seconds",
  bind: Effect.fnUntraced(function*(market, _parameters, out) {
    const quotes = yield* (yield* RecordedQuotes).of(market)
    return (at) => {
      out.value.known(quotes.filter((quote) => quote.at > at - 60_000 && quote.at <= at).length)
    }
  })
})

/** Counts the quotes up to the instant from the beginning of the log, and declares no history at all. */
export const CountsQuotes = FeatureComputer.makeWithServices("counts_quotes", noQuotes, {
  ...declared,
  features: one("quotes so far"),
  bind: Effect.fnUntraced(function*(market, _parameters, out) {
    const quotes = yield* (yield* RecordedQuotes).of(market)
    return (at) => out.value.known(quotes.filter((quote) => quote.at <= at).length)
  })
})

/** One step too far in an array: the slot behind the newest price, where a replay that came back has left the next one. */
export const StepsTooFar = FeatureComputer.make("steps_too_far", {
  ...declared,
  features: one("the price behind the newest one"),
  bind: Effect.fnUntraced(function*(market, _parameters, out) {
    const view = yield* (yield* PriceHistory).of(market)
    return () => out.value.known(view.prices.price[view.prices.length] ?? 0)
  })
})

/** Keeps the highest price of all that it was ever asked about. */
export const KeepsState = FeatureComputer.make("keeps_state", {
  ...declared,
  features: one("the highest price so far, as asked"),
  bind: Effect.fnUntraced(function*(market, _parameters, out) {
    const view = yield* (yield* PriceHistory).of(market)
    let highest = 0
    return () => {
      highest = Math.max(highest, view.prices.length > 0 ? view.prices.last() : 0)
      out.value.known(highest)
    }
  })
})

/** Counts how often it was asked. */
export const CountsCalls = FeatureComputer.make("counts_calls", {
  ...declared,
  features: one("calls so far"),
  bind: Effect.fnUntraced(function*(market, _parameters, out) {
    yield* (yield* OrderBooks).of(market)
    let calls = 0
    return () => out.value.known(calls++)
  })
})

const dayMillis = 86_400_000

/** Takes the day from the clock that Effect gives it. */
export const UsesClock = FeatureComputer.make("uses_clock", {
  ...declared,
  features: one("days since the epoch, by the machine"),
  bind: Effect.fnUntraced(function*(market, _parameters, out) {
    yield* (yield* OrderBooks).of(market)
    const clock = yield* Effect.clock
    return () => out.value.known(Math.floor(clock.unsafeCurrentTimeMillis() / dayMillis))
  })
})

/** Takes the day from the machine behind everybody's back: such a clock of one's own reads JavaScript's `Date`. */
const ownClock = Clock.make()
export const UsesDate = FeatureComputer.make("uses_date", {
  ...declared,
  features: one("days since the epoch, by JavaScript's date"),
  bind: Effect.fnUntraced(function*(market, _parameters, out) {
    yield* (yield* OrderBooks).of(market)
    return () => out.value.known(Math.floor(ownClock.unsafeCurrentTimeMillis() / dayMillis))
  })
})

/** Declares a minute, and takes the highest price of all time. */
export const ForgetsNothing = FeatureComputer.make("forgets_nothing", {
  ...declared,
  features: one("the highest price there ever was"),
  history: () => "60 seconds",
  bind: Effect.fnUntraced(function*(market, _parameters, out) {
    const { prices } = yield* (yield* PriceHistory).of(market)
    return () => {
      let highest = 0
      for (let point = prices.start; point < prices.length; point++) {
        highest = Math.max(highest, prices.price[point] ?? 0)
      }
      out.value.known(highest)
    }
  })
})
