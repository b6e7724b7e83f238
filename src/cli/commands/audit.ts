import * as Command from "@effect/cli/Command"
import { Effect, Option } from "effect"
import { auditParity } from "../../audit/parity.js"
import { EventLog } from "../../store/EventLog.js"
import { databaseFile, openRegistry, scratchLayer, storageLayer } from "../application.js"
import { exitCodes } from "../failures.js"
import { from, globals, markets, optionalText, to } from "../options.js"
import { differencesIn, parityDocument, renderParity } from "../parityReport.js"
import { present } from "../terminal/Output.js"
import { withProgress } from "../terminal/progress.js"
import { Concluded, UsageRefused } from "../UsageRefused.js"
import { integerOf, marketsMatching, optionalInstant } from "../values.js"

const defaults = { samples: "1000", seed: "1" }

export const parity = Command.make("parity", {
  samples: optionalText(
    "samples",
    "N",
    `instants at which live and history are compared (default: ${defaults.samples})`
  ),
  seed: optionalText("seed", "N", `picks the samples: the same seed, the same samples (default: ${defaults.seed})`),
  markets,
  from,
  to,
  ...globals
}, (given) =>
  Effect.gen(function*() {
    const samples = yield* integerOf(
      "--samples",
      Option.getOrElse(given.samples, () => defaults.samples),
      0,
      10_000_000
    )
    const seed = yield* integerOf("--seed", Option.getOrElse(given.seed, () => defaults.seed), 0, 0xffff_ffff)
    const first = yield* optionalInstant("--from", given.from)
    const last = yield* optionalInstant("--to", given.to)
    if (first !== undefined && last !== undefined && first > last) {
      return yield* new UsageRefused({ problem: "--from is after --to", hint: "swap them" })
    }
    const { config, registry } = yield* openRegistry(given)
    const scratch = yield* scratchLayer
    const report = yield* Effect.gen(function*() {
      const wanted = yield* marketsMatching(yield* EventLog, given.markets)
      return yield* withProgress({ label: "parity", unit: "events" }, (onProgress) =>
        auditParity(registry, scratch, {
          samples,
          seed,
          markets: wanted,
          from: first,
          to: last,
          onProgress
        }))
    }).pipe(Effect.provide(storageLayer(databaseFile(config))))
    yield* present(parityDocument(report), renderParity(report))
    if (differencesIn(report) > 0) return yield* new Concluded({ exitCode: exitCodes.finding })
  })).pipe(
    Command.withDescription("Prove that live answers and history agree, bit for bit, on this log; exit 1 if not.")
  )

const group = Command.make("audit").pipe(Command.withDescription("Checks of this log and of what was served from it."))

/** The group by itself, and with its commands. */
export const audit = { group, command: Command.withSubcommands(group, [parity]) }
