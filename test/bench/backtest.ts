import * as NodeContext from "@effect/platform-node/NodeContext"
import { Effect, Layer, Schema } from "effect"
import { firstMultiple } from "../../src/domain/multiples.js"
import { MeanReversionSettings } from "../../src/strategy/meanReversion.js"
import { plainJournal } from "../support/plainJournal.js"
import { bareBacktest } from "./bareBacktest.js"
import { type Columns, differenceOf, readFlat } from "./columns.js"
import { compare, ready } from "./compare.js"
import { history } from "./history.js"
import { backtestTerms, runBacktest, standardRegistry } from "./ours.js"
import { storage } from "./storage.js"

const markets = 50
const perMarket = 4_000

/** The log on disk through a strategy that decides every minute on every market. */
export const backtest = (folder: string) =>
  Effect.gen(function*() {
    const { flat, log, quotes } = yield* history(folder, markets, perMarket)
    const settings = yield* Schema.decode(MeanReversionSettings)({})
    const registry = yield* standardRegistry
    const open = yield* Layer.build(storage(log))
    const own = Effect.gen(function*() {
      const { execution, signals } = yield* runBacktest(registry, settings)
      return [Float64Array.of(signals.orders, execution.filled, execution.shares)]
    }).pipe(Effect.provide(plainJournal().layer), Effect.provide(open), Effect.provide(NodeContext.layer))
    const every = settings.intervalSecs * 1_000
    const bare = Effect.sync((): Columns => {
      const columns = readFlat(flat, 4)
      const times = columns[1] ?? new Float64Array(0)
      const [first, last] = times.reduce(
        ([least, most], at) => [Math.min(least, at), Math.max(most, at)],
        [Infinity, 0]
      )
      return bareBacktest(columns, markets, settings, {
        from: firstMultiple(first, every),
        to: last,
        everyMillis: every,
        latencyMillis: backtestTerms.latencyMillis
      })
    })
    return [
      yield* compare({
        name: "backtest",
        data: `mean-reversion every minute on ${markets} markets x ${perMarket} quotes from disk, ` +
          `${Math.floor((quotes.end - (quotes.at[0] ?? 0)) / every) * markets} decisions; orders, fills and shares`,
        rounds: 3,
        items: { count: quotes.rows, of: "events" },
        competitors: [
          { name: "this project (with accounts, journal, report)", role: "ours", run: ready(own) },
          { name: "bare loops over a flat file", role: "limit", run: ready(bare) }
        ],
        difference: differenceOf(["orders, fills, shares"]),
        goals: [{ against: "bare loops over a flat file", atMost: 10 }]
      })
    ]
  }).pipe(Effect.scoped, Effect.provide(NodeContext.layer))
