import type { Colors } from "../terminal/Output.js"
import { table } from "../terminal/table.js"
import { bytes, count, counted, took, visible } from "../terminal/text.js"
import { credit } from "./sample.js"

/** What the demo has shown, in numbers. */
export interface Summary {
  readonly directory: string
  readonly markets: number
  readonly events: number
  readonly quotes: number
  /** appended by this run: 0 where the folder held them already */
  readonly appended: number
  readonly vectors: { readonly computed: number; readonly kept: number }
  readonly served: number
  readonly database_bytes: number
  readonly log_bytes: number
  readonly bytes_per_quote: number
  readonly parity: { readonly samples: number; readonly comparisons: number; readonly differences: number }
  /** findings */
  readonly audits: { readonly lookahead: number; readonly warmup: number }
  readonly training_set: { readonly file: string; readonly id: string; readonly rows: number }
  readonly backtests: {
    readonly market_price_brier: number | null
    readonly mean_reversion_pnl: number
    readonly report: string
  }
  readonly elapsed_ms: number
}

export const summaryDocument = (summary: Summary) => ({ ...summary, credit })

export const renderSummary = (summary: Summary) => (colors: Colors): string => {
  const { differences } = summary.parity
  const findings = summary.audits.lookahead + summary.audits.warmup
  const verdict = `${count(differences)} ${differences === 1 ? "difference" : "differences"}`
  const vectors = summary.vectors.computed + summary.vectors.kept
  return table(colors, { head: ["", "", ""], align: ["left", "right"] }, [
    ["markets", count(summary.markets), ""],
    ["events", count(summary.events), colors.dim(`${count(summary.quotes)} of them quotes`)],
    ["vectors materialised", count(vectors), colors.dim(`${count(summary.vectors.computed)} in this run`)],
    ["log on disk", bytes(summary.log_bytes), colors.dim(`${summary.bytes_per_quote.toFixed(1)} bytes a quote`)],
    ["database", bytes(summary.database_bytes), colors.dim(summary.directory)],
    [
      "parity",
      differences === 0 ? colors.green(verdict) : colors.red(verdict),
      colors.dim(`in ${count(summary.parity.comparisons)} values, live against history`)
    ],
    [
      "audits",
      findings === 0 ? colors.green("0 findings") : colors.red(counted(findings, "finding")),
      colors.dim("look-ahead and warm-up")
    ],
    ["training set", counted(summary.training_set.rows, "row"), colors.dim(visible(summary.training_set.file))],
    ["backtest report", "", colors.dim(visible(summary.backtests.report))],
    ["total time", took(summary.elapsed_ms), ""]
  ])
}
