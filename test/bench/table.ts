import Table from "cli-table3"
import type { Outcome } from "./compare.js"
import type { Environment } from "./environment.js"

const figure = (value: number): string =>
  value >= 1_000 ? Math.round(value).toLocaleString("en-US") : value.toPrecision(3)

const times = (value: number): string => `${value >= 100 ? Math.round(value) : Number(value.toPrecision(2))} x`

/** One row a competitor, this project's above those it is held against. */
const rowsOf = ({ data, rounds, standings, unit, work }: Outcome) => [
  [{ colSpan: 7, content: `${work}: ${data}; ${rounds} rounds` }],
  ...standings.map(({ cpu, figure: { median }, goal, met, name, perSecond, ratio, role }) => [
    `  ${name}${role === "limit" ? " (limit)" : ""}`,
    `${figure(median)} ${unit}`,
    cpu === null ? "" : `${figure(cpu)} ms`,
    perSecond === null ? "" : `${figure(perSecond)}/s`,
    ratio === null ? "" : `${times(ratio.median)} (${times(ratio.least)} .. ${times(ratio.most)})`,
    goal === null ? "" : `<= ${goal} x`,
    met === null ? "" : met ? "met" : "missed"
  ])
]

/** The outcomes as the table that `npm run bench` prints. */
export const table = (outcomes: ReadonlyArray<Outcome>): string => {
  const text = new Table({
    head: ["work, done by", "median", "processor", "rate", "this project beside it", "goal", ""],
    style: { head: [], border: [] },
    chars: { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" }
  })
  for (const outcome of outcomes) text.push(...rowsOf(outcome))
  // under rows that span the table, junctions are left over from the rules that it does not draw
  return text.toString().split("\n").filter((line) => !/^[┬┴]+$/u.test(line)).join("\n")
}

export const environmentLines = ({ cores, cpu, loadAverage, memoryGb, node, peers, platform }: Environment): string =>
  [
    `${cpu}, ${cores} cores, ${memoryGb} GB, ${platform}; load average ${loadAverage.join(" ")} at the start`,
    `node ${node}; ${Object.entries(peers).map(([name, version]) => `${name} ${version}`).join(", ")}`
  ].join("\n")
