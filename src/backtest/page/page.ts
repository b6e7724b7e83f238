import { formatInstant, type Instant } from "../../domain/Instant.js"
import type { BacktestReport, MarketResult } from "../BacktestReport.js"
import type { OrderResult } from "../orderResult.js"
import { calibrationChart, drawdownChart, equityChart, marketsChart } from "./charts.js"

/** Markets that the page lists; the JSON has all of them. */
const mostMarkets = 200

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "\"": "&quot;",
  "'": "&#39;"
}

/** Text from data, safe inside an element or an attribute; control characters and such as turn text around are shown. */
export const escaped = (text: string): string =>
  text.replace(
    /[\p{Cc}\p{Bidi_Control}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
  )
    .replace(/[&<>"']/gu, (character) => entities[character] ?? "")

const money = (dollars: number): string => (Math.round(dollars * 100) / 100 + 0).toFixed(2)
const part = (value: number | null): string => value === null ? "–" : `${(value * 100).toFixed(1)} %`
const score = (value: number | null): string => value === null ? "–" : value.toFixed(4)
const when = (instant: Instant | null): string => instant === null ? "–" : formatInstant(instant)

/** A row whose first cell is text and whose other cells are figures. */
const row = (cells: ReadonlyArray<string>): string =>
  `<tr>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join("")}</tr>`

const tableOf = (kind: string, head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  `<div class="wide"><table class="${kind}"><thead><tr>${
    head.map((name) => `<th>${escaped(name)}</th>`).join("")
  }</tr></thead><tbody>${rows.map(row).join("\n")}</tbody></table></div>`

const figures = (rows: ReadonlyArray<readonly [name: string, value: string, remark: string]>): string =>
  `<table class="figures"><tbody>${rows.map(row).join("\n")}</tbody></table>`

const section = (title: string, remark: string, body: string): string =>
  `<section><h2>${escaped(title)}</h2><p>${escaped(remark)}</p>${body}</section>`

const counts = (of: Readonly<Record<string, number>>): string =>
  Object.entries(of).map(([reason, times]) => `${reason} ${times}`).join(", ") || "none"

const trading = ({ account, execution, markets, signals }: BacktestReport): string =>
  figures([
    ["PnL", money(account.pnl), `start ${money(account.start)}, equity ${money(account.equity)}`],
    ["settled or sold", money(account.realised_pnl), `${markets.finished} of ${markets.traded} traded markets`],
    [
      "unresolved",
      money(account.unresolved.pnl),
      `${account.unresolved.markets} markets, cost ${money(account.unresolved.cost)}, worth ` +
      `${money(account.unresolved.value)} at the bids`
    ],
    ["hit rate", part(markets.hit_rate), "of settled or sold markets"],
    [
      "drawdown",
      money(account.max_drawdown.amount),
      `${part(account.max_drawdown.fraction)} of the peak, ${when(account.max_drawdown.from)} to ${
        when(account.max_drawdown.to)
      }`
    ],
    ["turnover", money(execution.turnover), `${execution.fills} fills of ${execution.shares} shares`],
    ["fees", money(execution.fees), "taker fees"],
    [
      "exposure",
      money(account.exposure.mean),
      `mean over all decision instants; at most ${money(account.exposure.max)}`
    ],
    [
      "orders",
      String(signals.orders),
      `${execution.filled} filled, ${execution.partly_filled} in part; dropped: ${counts(execution.unfilled)}`
    ]
  ])

const distribution = ({ markets: { pnl } }: BacktestReport): string =>
  pnl === null ? "" : tableOf("numbers", ["min", "5 %", "25 %", "median", "75 %", "95 %", "max", "mean"], [
    [pnl.min, pnl.p05, pnl.p25, pnl.median, pnl.p75, pnl.p95, pnl.max, pnl.mean].map(money)
  ])

const forecasting = (scores: NonNullable<BacktestReport["forecasts"]>): string => {
  const { against_price: price, by_event } = scores
  return figures([
    ["forecasts", String(scores.count), `${scores.markets} resolved markets, ${scores.events} events`],
    ["Brier score", score(scores.brier), "0 is perfect, always 0.5 gives 0.25"],
    ["log loss", score(scores.log_loss), "nats, probabilities clipped at 1e-6"],
    ["calibration error", score(scores.ece), "ECE over ten bins"],
    [
      "skill",
      score(price.skill),
      `against the market price at the same ${price.count} instants, whose Brier score is ${score(price.price_brier)}`
    ],
    ["Brier by event", score(by_event.brier.mean), `standard error ${score(by_event.brier.standard_error)}`],
    [
      "gain by event",
      score(by_event.gain.mean),
      `Brier score of the price less the forecasts', standard error ${score(by_event.gain.standard_error)}`
    ]
  ])
}

const calibrationTable = (scores: NonNullable<BacktestReport["forecasts"]>): string =>
  tableOf(
    "numbers",
    ["from", "to", "forecasts", "mean forecast", "mean outcome"],
    scores.calibration.map(({ count, from, mean_forecast, mean_outcome, to }) => [
      from.toFixed(1),
      to.toFixed(1),
      String(count),
      score(mean_forecast),
      score(mean_outcome)
    ])
  )

const marketRow = ({ fees, market, open, outcome, pnl, question, turnover }: MarketResult): ReadonlyArray<string> => [
  market,
  question ?? "",
  money(pnl),
  money(fees),
  money(turnover),
  outcome === null ? "open" : String(outcome),
  open === null ? "" : `${open.yes} YES, ${open.no} NO`
]

const marketTable = ({ markets: { results } }: BacktestReport): string => {
  const sorted = [...results].sort((a, b) => b.pnl - a.pnl)
  const half = mostMarkets / 2
  const shown = sorted.length <= mostMarkets ? sorted : [...sorted.slice(0, half), ...sorted.slice(-half)]
  return tableOf("markets", ["market", "question", "PnL", "fees", "turnover", "outcome", "held"], shown.map(marketRow))
}

const orderRow = (order: OrderResult): ReadonlyArray<string> => [
  formatInstant(order.decided_at),
  order.market,
  `${order.action} ${order.outcome.toUpperCase()}`,
  String(order.size),
  String(order.limit),
  String(order.filled),
  order.price === null ? "–" : String(Number(order.price.toFixed(6))),
  order.fee.toFixed(5),
  order.unfilled ?? ""
]

const orderTable = ({ orders: { first, last, omitted } }: BacktestReport): string => {
  const head = ["decided", "market", "order", "shares", "limit", "filled", "price", "fee", "dropped"]
  return tableOf("orders", head, [
    ...first.map(orderRow),
    ...omitted === 0 ? [] : [[`${omitted} orders in between are left out`]],
    ...last.map(orderRow)
  ])
}

const style = `:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}
body{max-width:960px;margin:2rem auto;padding:0 1rem}
h1{margin-bottom:0}h2{margin:2.2rem 0 0}p{margin:.2rem 0 .8rem;opacity:.75}
svg{max-width:100%;height:auto}.wide{overflow-x:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:.15rem .8rem .15rem 0;text-align:left;vertical-align:top;border-bottom:1px solid #8b949e40}
.numbers td,.numbers th,.figures td:nth-child(2),.orders td:nth-child(n+4):nth-child(-n+8),.markets td:nth-child(n+3):nth-child(-n+6){text-align:right}
.orders,.markets{font-size:13px}.orders td:first-child{white-space:nowrap}
.warning{border-left:4px solid #d1495b;padding-left:.8rem;opacity:1}`

/**
 * The report as one page that needs nothing from anywhere: styles and charts are part of it, scripts there are none. The
 * same report gives the same bytes.
 */
export const reportPage = (report: BacktestReport): string => {
  const { decisions, forecasts, hindsight, period, signals, strategy } = report
  const title = `Backtest of ${strategy.name} ${strategy.version}`
  const isTrading = signals.orders > 0
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<p>${
    escaped(
      `${decisions} decisions, one every ${strategy.interval_ms / 1000} s on ${period.markets} markets, from ` +
        `${when(period.from)} to ${when(period.to)}; ${period.events} events replayed, orders ` +
        `${report.execution.latency_ms} ms under way. Features: ${strategy.features.join(", ")}. ` +
        `Passed: ${counts(signals.passes)}.`
    )
  }</p>
${
    hindsight === null ? "" : `<p class="warning">${
      escaped(
        `In hindsight: ${hindsight.decisions} of these decisions rest on what became known only later. ` +
          "What they earn proves nothing."
      )
    }</p>`
  }
${
    isTrading
      ? [
        section("Trading", "Amounts in dollars. What is still held counts at the bids.", trading(report)),
        section("Equity", "Dollars at the decision instants, evenly thinned out.", equityChart(report)),
        section("Drawdown", "Equity less its highest so far, in dollars.", drawdownChart(report)),
        section("PnL per market", "Quantiles over traded markets, in dollars.", distribution(report)),
        section(
          "Markets",
          "Best first; the bars are the best and the worst of them.",
          marketsChart(report) + marketTable(report)
        )
      ].join("\n")
      : ""
  }
${
    forecasts === null ? "" : [
      section("Forecasts", "Scored over markets that resolved within the period.", forecasting(forecasts)),
      section(
        "Calibration",
        "How often the outcome was YES where the forecast was so; on the dashed line both agree.",
        calibrationChart(forecasts) + calibrationTable(forecasts)
      )
    ].join("\n")
  }
${isTrading ? section("Orders", "The first and the last ones, and what became of them.", orderTable(report)) : ""}
</body>
</html>
`
}
