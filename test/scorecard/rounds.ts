import { Cause, Effect, Exit, Schema } from "effect"
import type { Campaign, Findings } from "./Campaign.js"

/** What a round of a campaign came to. */
export const Round = Schema.Struct({
  seed: Schema.Int,
  millis: Schema.Number,
  tried: Schema.Int,
  wrong: Schema.Array(Schema.String),
  met: Schema.Record({ key: Schema.String, value: Schema.Number })
})
export type Round = typeof Round.Type

/** The most that is shown of a failure: its message and where it came from. */
const shown = (cause: Cause.Cause<never>): string => Cause.pretty(cause).split("\n").slice(0, 6).join("\n")

const findingsOf = (exit: Exit.Exit<Findings>): Findings =>
  Exit.isSuccess(exit) ? exit.value : { tried: 1, wrong: [`the round failed: ${shown(exit.cause)}`], met: {} }

/** Runs rounds of a campaign, each from the next seed, and tells each as it ends. */
export const runRounds = (
  campaign: Campaign,
  seed: number,
  count: number,
  tell: (round: Round) => Effect.Effect<void>
): Effect.Effect<void> =>
  Effect.gen(function*() {
    const prepared = yield* Effect.exit(campaign.prepare)
    for (let round = 0; round < count; round++) {
      const start = performance.now()
      const exit = yield* Effect.exit(Effect.flatMap(prepared, (run) => Effect.scoped(run(seed + round))))
      yield* tell({ seed: seed + round, millis: performance.now() - start, ...findingsOf(exit) })
    }
  }).pipe(Effect.scoped)
