import * as Path from "@effect/platform/Path"
import { Effect, Layer, Schema } from "effect"
import { auditLookahead, type LookaheadReport } from "../../audit/lookahead.js"
import { auditWarmup, type WarmupReport } from "../../audit/warmup.js"
import { backtest } from "../../backtest/backtest.js"
import type { BacktestReport } from "../../backtest/BacktestReport.js"
import { BacktestSettings, termsOf } from "../../backtest/settings.js"
import { SnapshotSource } from "../../context/SnapshotSource.js"
import { Instant } from "../../domain/Instant.js"
import type { MarketSummary } from "../../store/EventLog.js"
import { marketPrice } from "../../strategy/marketPrice.js"
import { meanReversion, MeanReversionSettings } from "../../strategy/meanReversion.js"
import type { Registry } from "../application.js"
import { writePage } from "../backtest/page.js"
import { percent } from "../backtest/summary.js"
import type { Colors } from "../terminal/Output.js"
import { withProgress } from "../terminal/progress.js"
import { counted, visible } from "../terminal/text.js"

const quarterHour = 900_000

/** A training set of all features of all markets, a row every quarter of an hour, with the outcomes as labels. */
export const buildTrainingSet = (
  registry: Registry,
  directory: string,
  summaries: ReadonlyArray<MarketSummary>,
  references: ReadonlyArray<string>
) =>
  Effect.gen(function*() {
    const { buildDataset } = yield* Effect.promise(() => import("../../dataset/buildDataset.js"))
    const file = (yield* Path.Path).join(directory, "training.parquet")
    const first = Math.min(...summaries.map(({ firstAvailableAt }) => firstAvailableAt))
    const last = Math.max(...summaries.map(({ lastAvailableAt }) => lastAvailableAt))
    const { manifest } = yield* withProgress({ label: "dataset", unit: "rows" }, (onProgress) =>
      buildDataset(registry, SnapshotSource, {
        references,
        spine: {
          kind: "grid",
          everyMillis: quarterHour,
          from: Instant(Math.ceil(first / quarterHour) * quarterHour),
          to: Instant(last)
        },
        out: file,
        format: "parquet",
        keepStale: false,
        withStatus: false,
        labels: true,
        knownBy: Instant(last),
        overwrite: true,
        onProgress
      }))
    return { file, id: manifest.id, rows: manifest.rows }
  })

interface Sampling {
  readonly samples: number
  readonly seed: number
}

/** Look-ahead and warm-up of all features; parity has a step of its own. */
export const audit = (registry: Registry, references: ReadonlyArray<string>, sampling: Sampling) =>
  Effect.all({
    lookahead: withProgress(
      { label: "lookahead", unit: "samples" },
      (onProgress) => auditLookahead(registry, Layer.empty, { ...sampling, features: references, onProgress })
    ),
    warmup: withProgress(
      { label: "warmup", unit: "samples" },
      (onProgress) => auditWarmup(registry, Layer.empty, { ...sampling, features: references, onProgress })
    )
  })

/** The two audits in a line each. */
export const renderAudits =
  ({ lookahead, warmup }: { readonly lookahead: LookaheadReport; readonly warmup: WarmupReport }) =>
  (colors: Colors): string => {
    const line = (findings: number, good: string, { comparisons, samples }: LookaheadReport | WarmupReport) =>
      `${findings === 0 ? colors.green(good) : colors.red(counted(findings, "finding"))}: ` +
      `${counted(comparisons, "answer")} compared at ${counted(samples, "instant")}`
    return [
      line(lookahead.findings.length, "no feature looks ahead", lookahead),
      line(warmup.findings.length, "no feature needs more of the past than it declares", warmup)
    ].join("\n")
  }

/** Both strategies that need no language model, with settings as they come, over the whole log; and the trader's page. */
export const runBacktests = (registry: Registry, directory: string) =>
  Effect.gen(function*() {
    const terms = termsOf(yield* Effect.orDie(Schema.decodeUnknown(BacktestSettings)({})), () => undefined)
    const trader = meanReversion(yield* Effect.orDie(Schema.decodeUnknown(MeanReversionSettings)({})))
    const baseline = yield* withProgress(
      { label: "market-price", unit: "events" },
      (onProgress) => backtest(registry, Layer.empty, marketPrice, { terms, onProgress })
    )
    const trading = yield* withProgress(
      { label: "mean-reversion", unit: "events" },
      (onProgress) => backtest(registry, Layer.empty, trader, { terms, onProgress })
    )
    const page = (yield* Path.Path).join(directory, "mean-reversion.html")
    yield* writePage(page, trading)
    return { baseline, trading, page }
  })

/** What came of the backtests, in a line each. */
export const renderBacktests = (
  { baseline, page, trading }: {
    readonly baseline: BacktestReport
    readonly trading: BacktestReport
    readonly page: string
  }
): string => {
  const { account, markets } = trading
  return [
    `market-price: Brier score ${baseline.forecasts?.brier?.toFixed(4) ?? "-"} of the price over ` +
    counted(baseline.forecasts?.markets ?? 0, "resolved market"),
    `mean-reversion: ${counted(trading.signals.orders, "order")} in ${counted(markets.traded, "market")}, ` +
    `${percent(account.pnl / account.start)} after fees at the touch`,
    `the whole report: ${visible(page)}`
  ].join("\n")
}
