import { Effect, Option } from "effect"
import { EventLog } from "../../store/EventLog.js"
import { from, markets, optionalText, to } from "../options.js"
import { integerOf, marketsMatching, readRange } from "../values.js"

const defaults = { samples: "1000", seed: "1" }

/** The options that say which markets and instants an audit samples. */
export const samplingOptions = {
  samples: optionalText(
    "samples",
    "N",
    `how many times a market is looked at as of some instant (default: ${defaults.samples})`
  ),
  seed: optionalText("seed", "N", `picks the samples: the same seed, the same samples (default: ${defaults.seed})`),
  markets,
  from,
  to
}

/** Samples that take one thread about a second, which is worth the start of others. */
export const worthThreads = 500

type Given = { readonly [Name in keyof typeof samplingOptions]: Option.Option<string> }

/** Reads the numbers and times of an audit's options. */
export const readSampling = (given: Given) =>
  Effect.gen(function*() {
    const samples = Option.getOrElse(given.samples, () => defaults.samples)
    const seed = Option.getOrElse(given.seed, () => defaults.seed)
    return {
      samples: yield* integerOf("--samples", samples, 0, 10_000_000),
      seed: yield* integerOf("--seed", seed, 0, 0xffff_ffff),
      ...yield* readRange(given)
    }
  })

/** The markets of the log that an audit is kept to. */
export const readMarkets = (given: Pick<Given, "markets">) =>
  Effect.flatMap(EventLog, (log) => marketsMatching(log, given.markets))
