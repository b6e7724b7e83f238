import type { LookaheadReport } from "../../audit/lookahead.js"
import type { LookaheadCheck } from "../../audit/lookaheadOfMarket.js"
import { formatInstant } from "../../domain/Instant.js"
import type { Colors } from "../terminal/Output.js"
import { table } from "../terminal/table.js"
import { count, counted, visible } from "../terminal/text.js"
import { shownEvent, shownSide } from "./cells.js"

/** Findings that are printed; the document has all of them. */
const mostShown = 20

/** What moved the answer, in words. */
const moved: Record<LookaheadCheck, string> = {
  cut: "what came later",
  changed: "what came later, altered",
  added: "what might have come later",
  again: "being asked again",
  order: "what was asked before",
  machine_time: "the machine's clock"
}

/** The verdict first, then the features that failed, then what moved them. */
export const renderLookahead = ({ comparisons, features, findings, markets, samples }: LookaheadReport) =>
(
  colors: Colors
): string => {
  const failed = features.filter((feature) => feature.failed > 0)
  const verdict = failed.length === 0
    ? colors.green("0 features look ahead")
    : colors.red(
      `${counted(failed.length, "feature")} of ${features.length} ${
        failed.length === 1 ? "answers" : "answer"
      } by more than was known`
    )
  return [
    `${verdict}: ${counted(comparisons, "answer")} compared at ${counted(samples, "instant")} of ` +
    counted(markets, "market"),
    ...failed.length === 0 ? [] : [
      "",
      table(
        colors,
        { head: ["feature", "samples failed"], align: ["left", "right"] },
        failed.map((feature) => [visible(feature.feature), `${count(feature.failed)} of ${count(samples)}`])
      ),
      "",
      table(
        colors,
        { head: ["market", "at", "feature", "moved by", "as known then", "moved to", "first event that moves it"] },
        findings.slice(0, mostShown).map(({ at, check, expected, feature, first_event, found, market }) => [
          market,
          formatInstant(at),
          visible(feature),
          moved[check],
          shownSide(expected),
          shownSide(found),
          shownEvent(first_event)
        ])
      )
    ],
    ...findings.length > mostShown ? [`and ${count(findings.length - mostShown)} more; --json has all of them`] : []
  ].join("\n")
}
