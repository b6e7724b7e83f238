import type { BacktestReport } from "../../backtest/BacktestReport.js"
import { formatInstant } from "../../domain/Instant.js"
import type { Colors } from "../terminal/Output.js"
import { indented, table } from "../terminal/table.js"
import { count, counted, duration, visible } from "../terminal/text.js"

/** `1,234.56`, `-0.07`: dollars and cents */
const money = (dollars: number): string => {
  const cents = Math.round(Math.abs(dollars) * 100)
  const sign = dollars < 0 && cents > 0 ? "-" : ""
  return `${sign}${count(Math.floor(cents / 100))}.${String(cents % 100).padStart(2, "0")}`
}

/** `12.3 %` */
export const percent = (part: number): string => `${(part * 100).toFixed(1)} %`

const score = (value: number | null): string => value === null ? "-" : value.toFixed(4)

const reasons = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts).map(([reason, times]) => `${visible(reason)} ${count(times)}`).join(", ")

/** Markets that are shown at either end of the list. */
const mostMarkets = 3

const tradingRows = (
  { account, execution, markets, signals }: BacktestReport
): ReadonlyArray<ReadonlyArray<string>> => [
  ["PnL", `${money(account.pnl)} USD`, `of ${money(account.start)}: ${percent(account.pnl / (account.start || 1))}`],
  ["  settled or sold", `${money(account.realised_pnl)} USD`, counted(markets.finished, "market")],
  [
    "  unresolved",
    `${money(account.unresolved.pnl)} USD`,
    `${counted(account.unresolved.markets, "market")}, worth ${money(account.unresolved.value)} at the bids`
  ],
  ["hit rate", markets.hit_rate === null ? "-" : percent(markets.hit_rate), "of settled or sold markets"],
  ...markets.pnl === null ? [] : [[
    "PnL per market",
    `${money(markets.pnl.median)} USD`,
    `median; 5 % below ${money(markets.pnl.p05)}, 5 % above ${money(markets.pnl.p95)}`
  ]],
  ["drawdown", `${money(account.max_drawdown.amount)} USD`, `${percent(account.max_drawdown.fraction)} of the peak`],
  ["turnover", `${money(execution.turnover)} USD`, `${money(execution.fees)} USD fees`],
  ["exposure", `${money(account.exposure.mean)} USD`, `mean; at most ${money(account.exposure.max)}`],
  [
    "orders",
    count(signals.orders),
    `${count(execution.filled)} filled, ${count(execution.partly_filled)} in part` +
    (Object.keys(execution.unfilled).length === 0 ? "" : `; dropped: ${reasons(execution.unfilled)}`)
  ]
]

const forecastRows = ({ forecasts, signals }: BacktestReport): ReadonlyArray<ReadonlyArray<string>> => {
  if (forecasts === null) return []
  const { against_price: price, by_event } = forecasts
  return [
    [
      "forecasts",
      count(signals.forecasts),
      `${count(forecasts.count)} of ${counted(forecasts.markets, "resolved market")}`
    ],
    ["Brier score", score(forecasts.brier), `market price: ${score(price.price_brier)}; skill ${score(price.skill)}`],
    ["log loss", score(forecasts.log_loss), `market price: ${score(price.price_log_loss)}`],
    ["ECE", score(forecasts.ece), "ten bins"],
    [
      "Brier by event",
      score(by_event.brier.mean),
      `+- ${score(by_event.brier.standard_error)} over ${counted(forecasts.events, "event")}`
    ]
  ]
}

const marketRows = ({ markets: { results } }: BacktestReport) => {
  const sorted = [...results].sort((a, b) => b.pnl - a.pnl)
  const shown = sorted.length <= 2 * mostMarkets
    ? sorted
    : [...sorted.slice(0, mostMarkets), ...sorted.slice(-mostMarkets)]
  return shown.map(({ fees, market, outcome, pnl }) => [
    visible(market),
    money(pnl),
    money(fees),
    outcome === null ? "open" : String(outcome)
  ])
}

/** What came out, on one screen. */
export const renderBacktest = (report: BacktestReport) => (colors: Colors): string => {
  const { decisions, hindsight, period, signals, strategy } = report
  const rows = [...signals.orders === 0 ? [] : tradingRows(report), ...forecastRows(report)]
  const passes = reasons(signals.passes)
  return [
    colors.bold(`${strategy.name} ${strategy.version}`),
    ...hindsight === null ? [] : [
      colors.red(`in hindsight: ${count(hindsight.decisions)} decisions rest on what became known later`)
    ],
    `  ${counted(decisions, "decision")}, one every ${duration(strategy.interval_ms)} on ` +
    `${counted(period.markets, "market")}, from ${formatInstant(period.from)} to ${formatInstant(period.to)}`,
    `  ${counted(period.events, "event")} replayed`,
    ...passes === "" ? [] : [`  passed: ${passes}`],
    ...rows.length === 0
      ? ["  it neither traded nor forecast"]
      : [indented(table(colors, { head: ["", "", ""], align: ["left", "right", "left"] }, rows))],
    ...report.markets.traded === 0 ? [] : [
      "",
      indented(
        table(
          colors,
          { head: ["market", "PnL", "fees", "outcome"], align: ["left", "right", "right", "right"] },
          marketRows(report)
        )
      )
    ]
  ].join("\n")
}
