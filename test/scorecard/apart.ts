import { Effect, Schema } from "effect"
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import type { Campaign } from "./Campaign.js"
import { Round } from "./rounds.js"

/** What all rounds of a campaign came to. */
export interface Result {
  readonly campaign: Campaign
  /** of the first round; each further one has the next */
  readonly seed: number
  readonly rounds: number
  readonly tried: number
  readonly millis: number
  readonly met: Readonly<Record<string, number>>
  readonly failures: ReadonlyArray<Failure>
}

export interface Failure {
  /** of the first round that has to be run to see it again */
  readonly seed: number
  /** how many have to be run: one, where one has failed */
  readonly rounds: number
  readonly problem: string
}

const decode = Schema.decodeUnknownOption(Schema.parseJson(Round))

/** The most failures of one campaign that are told one by one. */
const mostTold = 20

/** Failures beyond those that are told are counted. */
const told = (failures: ReadonlyArray<Failure>): ReadonlyArray<Failure> => {
  const beyond = failures[mostTold]
  return beyond === undefined ? failures : [
    ...failures.slice(0, mostTold),
    { ...beyond, problem: `and ${failures.length - mostTold} more` }
  ]
}

const resultOf = (
  campaign: Campaign,
  seed: number,
  done: ReadonlyArray<Round>,
  wanted: number,
  trouble: ReadonlyArray<Failure>
): Result => {
  const met: Record<string, number> = {}
  for (const round of done) {
    for (const [name, times] of Object.entries(round.met)) met[name] = (met[name] ?? 0) + times
  }
  const failures = [
    ...done.flatMap((round) => round.wrong.map((problem) => ({ seed: round.seed, rounds: 1, problem }))),
    ...trouble
  ]
  // one round that is run again need not come across everything
  const missed = wanted < campaign.rounds.short || trouble.length > 0
    ? []
    : campaign.meets.filter((name) => (met[name] ?? 0) === 0)
  return {
    campaign,
    seed,
    met,
    rounds: done.length,
    tried: done.reduce((sum, round) => sum + round.tried, 0),
    millis: done.reduce((sum, round) => sum + round.millis, 0),
    failures: told([
      ...failures,
      ...missed.map((name) => ({ seed, rounds: wanted, problem: `never came across: ${name}` }))
    ])
  }
}

/** ms in which a round has to end */
const patience = 180_000

/**
 * Runs a campaign in a process of its own, so that none inherits another's memory or open files, and one that dies or
 * hangs is a finding like any other.
 */
export const apart = (
  campaign: Campaign,
  seed: number,
  rounds: number,
  args: ReadonlyArray<string>,
  onRound: (done: number) => void
): Effect.Effect<Result> =>
  Effect.async<Result>((resume) => {
    const child = spawn(process.execPath, [...process.execArgv, ...args], { stdio: ["ignore", "pipe", "pipe"] })
    const done: Array<Round> = []
    let said = ""
    let timer: NodeJS.Timeout | undefined = undefined
    let isLate = false
    const wait = () => {
      clearTimeout(timer)
      timer = setTimeout(() => {
        isLate = child.kill("SIGKILL")
      }, patience + (campaign.lasts ?? 0))
    }
    wait()
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = `${said}${text}`.slice(-2_000)
    })
    createInterface({ input: child.stdout }).on("line", (line) => {
      const round = decode(line)
      if (round._tag === "None") return
      wait()
      done.push(round.value)
      onRound(done.length)
    })
    child.on("close", (code, signal) => {
      clearTimeout(timer)
      // one that ends badly after its last round has to be run as a whole
      const where = done.length === rounds ? { seed, rounds } : { seed: seed + done.length, rounds: 1 }
      const problem = isLate
        ? `the round did not end within ${patience / 1_000} s`
        : `the process ended with ${signal ?? code}: ${said}`
      const trouble = code === 0 && done.length === rounds ? [] : [{ ...where, problem }]
      resume(Effect.succeed(resultOf(campaign, seed, done, rounds, trouble)))
    })
    return Effect.sync(() => child.kill("SIGKILL"))
  })
