import * as NodeContext from "@effect/platform-node/NodeContext"
import { Effect, Layer, Schema } from "effect"
import { existsSync } from "node:fs"
import { backtest } from "../../src/backtest/backtest.js"
import type { BacktestReport } from "../../src/backtest/BacktestReport.js"
import { standardComputers } from "../../src/computers/standard.js"
import * as FeatureRegistry from "../../src/features/FeatureRegistry.js"
import { importFile } from "../../src/importer/importFiles.js"
import type { MarketViews } from "../../src/state/views.js"
import { meanReversion, MeanReversionSettings } from "../../src/strategy/meanReversion.js"
import { termsOf } from "../backtest/terms.js"
import { plainJournal } from "../support/plainJournal.js"
import { atLeast, median, timed } from "./measure.js"
import { storage } from "./storage.js"

/** Real quotes of 1,003 markets over 7 days, where they lie beside the project. */
const sample = "../shared/data/polymarket-quotes/quotes-1003-markets.parquet"
const columns = {
  available_at: "ts_ms",
  market: "slug",
  best_bid: "bid",
  best_ask: "ask",
  volume_24h: "volume24hr"
}
const rounds = 3

const replay = Effect.gen(function*() {
  const registry = yield* FeatureRegistry.make<MarketViews>(standardComputers, {
    cacheTtlSecs: 60,
    features: {},
    external: {}
  })
  const strategy = meanReversion(Schema.decodeSync(MeanReversionSettings)({}))
  return yield* timed(backtest(registry, Layer.empty, strategy, { terms: termsOf() }))
})

/** (e) the log on disk through mean-reversion, which decides every minute on every market. */
export const backtestBench = (folder: string) =>
  Effect.gen(function*() {
    if (!existsSync(sample)) {
      process.stdout.write(`(e) backtest: skipped, ${sample} is not there\n`)
      return []
    }
    yield* importFile(sample, { format: "quotes", columns })
    const runs: Array<{ readonly millis: number; readonly value: BacktestReport }> = []
    for (let round = 0; round < rounds; round++) runs.push(yield* replay)
    const millis = median(runs.map((run) => run.millis))
    const [first] = runs
    if (first === undefined) return []
    const { decisions, period: { events } } = first.value
    const perSecond = (count: number) => Math.round(count / millis * 1_000)
    const work = `(e) backtest of mean-reversion, ${perSecond(decisions).toLocaleString("en-US")} decisions/s`
    return [atLeast(work, "events/s", perSecond(events), 700_000)]
  }).pipe(Effect.provide(Layer.mergeAll(plainJournal().layer, storage(`${folder}/backtest.db`), NodeContext.layer)))
