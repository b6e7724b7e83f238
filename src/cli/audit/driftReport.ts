import { driftedIn, type DriftOfFeature, type DriftReport, type DriftSide } from "../../audit/drift.js"
import type { Colors } from "../terminal/Output.js"
import { indented, table } from "../terminal/table.js"
import { counted, visible } from "../terminal/text.js"

const figure = (value: number | null): string => value === null ? "" : value.toFixed(3)

/** In whole percent; what rounds to none and is some shows as `<1 %`. */
const percent = (share: number): string => share > 0 && share < 0.005 ? "<1 %" : `${Math.round(share * 100)} %`

const shortest = (value: number | null): string => value === null ? "" : `${Number(value.toPrecision(4))}`

/** `20 % -> 35 %` */
const both = (one: string, other: string): string => one === other ? one : `${one} -> ${other}`

/** Why values were null on each side, where they were. */
const reasonsOf = ({ period, reference }: DriftOfFeature): string => {
  const names = [...new Set([...Object.keys(reference.null_rates), ...Object.keys(period.null_rates)])].sort()
  const rate = (side: DriftSide, name: string) => percent(side.null_rates[name] ?? 0)
  return names.map((name) => `${name} ${both(rate(reference, name), rate(period, name))}`).join(", ")
}

const rowsOf = ({ features }: DriftReport, { red }: Colors) =>
  features.map((feature) => {
    const { ks, moved, period, psi, psi_by_chance, reference } = feature
    const index = `${figure(psi)}${psi !== null && psi_by_chance !== null && psi < psi_by_chance ? " *" : ""}`
    const nulls = both(percent(reference.null_rate), percent(period.null_rate))
    return [
      visible(feature.feature),
      moved.includes("psi") ? red(index) : index,
      figure(ks?.statistic ?? null),
      ks === null ? "" : ks.p_value < 0.001 ? "<0.001" : figure(ks.p_value),
      both(shortest(reference.median), shortest(period.median)),
      moved.includes("null_rate") ? red(nulls) : nulls,
      reasonsOf(feature)
    ]
  })

/** The verdict first, then all figures. */
export const renderDrift = (report: DriftReport) => (colors: Colors): string => {
  const moved = driftedIn(report).length
  const [first] = report.features
  const verdict = moved === 0
    ? colors.green("0 features have moved")
    : colors.red(`${counted(moved, "feature")} of ${report.features.length} ${moved === 1 ? "has" : "have"} moved`)
  const { null_rate, psi } = report.thresholds
  return [
    `${verdict}: population stability index above ${psi}, or nulls by more than ${percent(null_rate)} of the rows`,
    indented(
      `${counted(first?.reference.rows ?? 0, "row")} of ${report.dataset ?? "the reference period"}, ` +
        `${counted(first?.period.rows ?? 0, "row")} of ${counted(report.markets, "market")} in the period`
    ),
    "",
    table(
      colors,
      {
        head: ["feature", "psi", "ks", "p", "median", "null", "why null"],
        align: ["left", "right", "right", "right", "left", "left", "left"]
      },
      rowsOf(report, colors)
    ),
    "",
    "* no more than chance gives samples of these sizes; ks and its p take rows for independent of each other"
  ].join("\n")
}
