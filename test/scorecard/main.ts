// Runs the reliability and security campaigns and prints what was tried and what was lost or wrong: npm run scorecard
import { Effect, Either, Logger, LogLevel } from "effect"
import { availableParallelism } from "node:os"
import { apart, type Result } from "./apart.js"
import type { Campaign } from "./Campaign.js"
import { campaignsOf } from "./campaigns.js"
import { bundleChild } from "./child.js"
import { type Options, parse, usage } from "./options.js"
import { documentOf, failuresOf, tableOf } from "./report.js"
import { runRounds } from "./rounds.js"

const write = (stream: NodeJS.WriteStream, text: string): Effect.Effect<void> =>
  Effect.async((resume) => {
    stream.write(text, () => resume(Effect.void))
  })
const say = (text: string) => write(process.stdout, text)
const tell = (text: string) => write(process.stderr, text)

const roundsOf = (campaign: Campaign, { nightly, rounds }: Options) =>
  rounds ?? (nightly ? campaign.rounds.nightly : campaign.rounds.short)

/** Runs one campaign here, as the scorecard's own child. */
const here = (campaign: Campaign, options: Options) =>
  runRounds(campaign, options.seed, roundsOf(campaign, options), (round) => say(`${JSON.stringify(round)}\n`)).pipe(
    // campaigns bring about what is worth a warning
    Logger.withMinimumLogLevel(LogLevel.None)
  )

/** Told on stderr: a line whenever a tenth of a campaign is done. */
const progress = (campaign: Campaign, rounds: number) => (done: number) => {
  if (Math.floor(done * 10 / rounds) === Math.floor((done - 1) * 10 / rounds)) return
  process.stderr.write(`${campaign.name}: ${done} of ${rounds}\n`)
}

const all = (campaigns: ReadonlyArray<Campaign>, options: Options) =>
  Effect.gen(function*() {
    const start = performance.now()
    yield* bundleChild
    const results = yield* Effect.forEach(campaigns, (campaign) =>
      Effect.gen(function*() {
        const rounds = roundsOf(campaign, options)
        const args = ["--apart", "--only", campaign.name, "--seed", `${options.seed}`, "--rounds", `${rounds}`]
        const soak = ["--soak-minutes", `${minutesOf(options)}`]
        const script = process.argv.slice(1, 2)
        const result: Result = yield* apart(
          campaign,
          options.seed,
          rounds,
          [...script, ...args, ...soak],
          progress(campaign, rounds)
        )
        yield* tell(`${campaign.name}: ${result.failures.length === 0 ? "nothing lost or wrong" : "FAILED"}\n`)
        return result
      }), { concurrency: Math.min(2, availableParallelism()) })
    const failures = failuresOf(results)
    yield* options.json
      ? say(`${JSON.stringify(documentOf(results, options.nightly, performance.now() - start), null, 2)}\n`)
      : say(`\n${tableOf(results)}\n`)
    yield* tell(failures === "" ? "" : `\n${failures}`)
    return failures === "" ? 0 : 1
  })

const minutesOf = (options: Options) => options["soak-minutes"] ?? (options.nightly ? 60 : 0.5)

const program = (options: Options): Effect.Effect<number, Error> => {
  const campaigns = campaignsOf(minutesOf(options))
  const unknown = options.only.filter((name) => !campaigns.some((campaign) => campaign.name === name))
  if (unknown.length > 0) {
    const names = campaigns.map(({ name }) => name).join(", ")
    return Effect.as(tell(`no campaign ${unknown.join(", ")}: there are ${names}\n`), 2)
  }
  const wanted = options.only.length === 0 ? campaigns : campaigns.filter(({ name }) => options.only.includes(name))
  return options.apart
    ? Effect.as(Effect.forEach(wanted, (campaign) => here(campaign, options), { discard: true }), 0)
    : all(wanted, options)
}

process.exitCode = await Effect.runPromise(
  Either.match(parse(process.argv.slice(2)), {
    onLeft: (problem) => Effect.as(tell(`${problem instanceof Error ? problem.message : ""}\n${usage}\n`), 2),
    onRight: program
  })
)
