import type { Difference } from "../../audit/difference.js"
import type { ParityReport } from "../../audit/parity.js"
import { formatInstant } from "../../domain/Instant.js"
import type { Colors } from "../terminal/Output.js"
import { table } from "../terminal/table.js"
import { count, counted } from "../terminal/text.js"
import { shownSide } from "./cells.js"

/** Differences that are printed; the document has all of them. */
const mostShown = 20

/** How many differences a report holds, among the samples and in the served log. */
export const differencesIn = ({ differences, served }: ParityReport): number =>
  differences.length + served.differences.length

/** The report as `audit parity --json` prints it. */
export const parityDocument = (report: ParityReport) => ({
  samples: report.samples,
  markets: report.markets,
  events: report.events,
  comparisons: report.comparisons,
  differences: report.differences,
  served: report.served
})

const rows = (differences: ReadonlyArray<Difference>) =>
  differences.slice(0, mostShown).map(({ at, feature, first_event, history, live, market, sequence }) => [
    market,
    formatInstant(at),
    `${sequence}`,
    feature,
    shownSide(live),
    shownSide(history),
    first_event === null ? "" : `${first_event.kind} ${first_event.sequence}`
  ])

const differenceTable = (colors: Colors, differences: ReadonlyArray<Difference>) =>
  table(
    colors,
    { head: ["market", "at", "position", "feature", "live", "history", "first event that may differ"] },
    rows(differences)
  )

/** The verdict first, then what differs. */
export const renderParity = (report: ParityReport) => (colors: Colors): string => {
  const all = [...report.differences, ...report.served.differences]
  const verdict = all.length === 0 ? colors.green("0 differences") : colors.red(counted(all.length, "difference"))
  return [
    `${verdict} in ${counted(report.comparisons + report.served.comparisons, "value")} compared`,
    `  ${counted(report.samples, "sample")} of ${counted(report.markets, "market")}, ` +
    `${counted(report.events, "event")} fed through the live context`,
    `  ${counted(report.served.answers, "answer")} of the served log recomputed` +
    (report.served.skipped === 0 ? "" : `, ${count(report.served.skipped)} of groups that are gone left out`) +
    (report.served.beyondRetention === 0
      ? ""
      : `, ${count(report.served.beyondRetention)} left out whose events were dropped by \`log compact\``),
    ...all.length === 0 ? [] : ["", differenceTable(colors, all)],
    ...all.length > mostShown ? [`and ${count(all.length - mostShown)} more; --json has all of them`] : []
  ].join("\n")
}
