import type { WarmupLengths, WarmupReport } from "../../audit/warmup.js"
import type { WarmupCheck } from "../../audit/warmupOfMarket.js"
import { formatInstant } from "../../domain/Instant.js"
import type { Colors } from "../terminal/Output.js"
import { table } from "../terminal/table.js"
import { count, counted, duration, visible } from "../terminal/text.js"
import { shownEvent, shownSide } from "./cells.js"

/** Findings that are printed; the document has all of them. */
const mostShown = 20

const broken: Record<WarmupCheck, string> = {
  undeclared_history: "needs more than it declares",
  cold_value: "a value before it is warm"
}

/** `1 h, at most 6 h`, `at once` */
const shownLengths = ({ max_ms, p50_ms }: WarmupLengths, longest: number): string => {
  const shown = (length: number | null) =>
    length === null ? `over ${duration(longest)}` : length === 0 ? "at once" : duration(length)
  return p50_ms === max_ms ? shown(max_ms) : `${shown(p50_ms)}, at most ${shown(max_ms)}`
}

/** The verdict first, then what was measured of every feature, then what is wrong. */
export const renderWarmup = ({ comparisons, features, findings, ladder_ms, markets, samples }: WarmupReport) =>
(
  colors: Colors
): string => {
  const longest = ladder_ms.at(-1) ?? 0
  const failed = features.filter((feature) => feature.failed > 0).length
  const verdict = failed === 0
    ? colors.green("0 features need more of the past than they say")
    : colors.red(`${counted(failed, "feature")} of ${features.length} break what they say of the past they need`)
  return [
    `${verdict}: ${counted(comparisons, "answer")} compared at ${counted(samples, "instant")} of ` +
    counted(markets, "market"),
    "",
    table(
      colors,
      { head: ["feature", "declared", "right after", "started from nothing", "cold values", "samples failed"] },
      features.map((feature) => [
        visible(feature.feature),
        feature.declared_ms === 0 ? "none" : duration(feature.declared_ms),
        shownLengths(feature.warm, longest),
        shownLengths(feature.from_nothing, longest),
        count(feature.cold_values),
        feature.failed === 0 ? "0" : colors.red(count(feature.failed))
      ])
    ),
    ...findings.length === 0 ? [] : [
      "",
      table(
        colors,
        {
          head: ["market", "at", "feature", "law", "history", "with all of the past", "without", "first event missed"]
        },
        findings.slice(0, mostShown).map((finding) => [
          finding.market,
          formatInstant(finding.at),
          visible(finding.feature),
          broken[finding.check],
          duration(finding.history_ms),
          shownSide(finding.expected),
          shownSide(finding.found),
          shownEvent(finding.first_event)
        ])
      )
    ],
    ...findings.length > mostShown ? [`and ${count(findings.length - mostShown)} more; --json has all of them`] : []
  ].join("\n")
}
