import { table } from "../../src/cli/terminal/table.js"
import type { Failure, Result } from "./apart.js"
import type { Campaign } from "./Campaign.js"

const millisOfMinute = 60_000

/** What shows a failure again. */
const again = ({ lasts, name }: Campaign, { rounds, seed }: Failure): string => {
  const minutes = lasts === undefined ? "" : ` --soak-minutes ${lasts / millisOfMinute}`
  return `npm run scorecard -- --only ${name} --seed ${seed} --rounds ${rounds}${minutes}`
}

const seconds = (millis: number): number => Math.round(millis / 100) / 10

const plain = (text: unknown) => String(text)

/** Words to lines of at most so many characters. */
const wrapped = (text: string, width: number): string => {
  const lines: Array<string> = [""]
  for (const word of text.split(" ")) {
    const last = lines.at(-1) ?? ""
    if (last.length + word.length >= width) lines.push(word)
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`
  }
  return lines.join("\n")
}

const metOf = (met: Result["met"]): string => Object.entries(met).map(([name, times]) => `${name}: ${times}`).join(", ")

/** The table: a campaign a row. */
export const tableOf = (results: ReadonlyArray<Result>): string =>
  table(
    { bold: plain },
    {
      head: ["campaign", "what was tried", "times", "lost or wrong", "seconds", "rounds from seed", "what was met"],
      align: ["left", "left", "right", "right", "right", "right", "left"]
    },
    results.map(({ campaign, failures, met, millis, rounds, seed, tried }) => [
      campaign.name,
      wrapped(campaign.what, 56),
      tried.toLocaleString("en-US"),
      String(failures.length),
      seconds(millis).toFixed(1),
      `${rounds} from ${seed}`,
      wrapped(metOf(met), 40)
    ])
  )

/** Each failure, and the command that brings it about again. */
export const failuresOf = (results: ReadonlyArray<Result>): string =>
  results.flatMap(({ campaign, failures }) =>
    failures.map((failure) => `${campaign.name}: ${failure.problem}\n  again: ${again(campaign, failure)}\n`)
  ).join("\n")

/** The same as one document. */
export const documentOf = (results: ReadonlyArray<Result>, nightly: boolean, millis: number) => ({
  mode: nightly ? "nightly" : "short",
  seconds: seconds(millis),
  node: process.version,
  platform: `${process.platform} ${process.arch}`,
  campaigns: results.map(({ campaign, failures, met, millis, rounds, seed, tried }) => ({
    name: campaign.name,
    what: campaign.what,
    tried,
    rounds,
    seed,
    seconds: seconds(millis),
    met,
    failures: failures.map((failure) => ({ ...failure, again: again(campaign, failure) }))
  }))
})
