import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import { Effect, Option } from "effect"
import { showValue } from "../../domain/problems.js"
import { DecisionJournal, type KeptDecision } from "../../strategy/DecisionJournal.js"
import { databaseExists, databaseFile, openConfig, storageLayer } from "../application.js"
import { renderDecision, renderDecisions } from "../explain/render.js"
import { globals, optionalText } from "../options.js"
import { Output, present } from "../terminal/Output.js"
import { UsageRefused } from "../UsageRefused.js"
import { integerOf } from "../values.js"

const listed = "20"
const lists = "`feature-store explain` without an id lists the latest decisions"

const refuse = (problem: string, hint = lists) => new UsageRefused({ problem, hint })

/** The one decision whose id starts so. */
const found = (prefix: string, decisions: ReadonlyArray<KeptDecision>) => {
  const [decision, ...others] = decisions
  if (decision === undefined) return refuse(`there is no decision ${prefix}`)
  return others.length === 0
    ? Effect.succeed(decision)
    : refuse(
      `several decisions start with ${prefix}`,
      `write more of its id: ${decisions.map(({ id }) => id).join(", ")}`
    )
}

const one = (journal: DecisionJournal["Type"], text: string) =>
  Effect.gen(function*() {
    const prefix = text.trim().toLowerCase()
    if (!/^[0-9a-f]{1,16}$/.test(prefix)) {
      return yield* refuse(`DECISION: expected the first of its 16 hex digits, got ${showValue(text)}`)
    }
    const decision = yield* found(prefix, yield* journal.find(prefix, 5))
    yield* present(decision, renderDecision(decision))
  })

const latest = (journal: DecisionJournal["Type"], most: number) =>
  Effect.gen(function*() {
    const decisions = yield* journal.latest(most)
    yield* present({ decisions }, renderDecisions(decisions))
    if (decisions.length === most) yield* (yield* Output).note(`the latest ${most}; --last N shows more or fewer`)
  })

export const explain = Command.make("explain", {
  decision: Args.text({ name: "DECISION" }).pipe(
    Args.withDescription("a decision's id, or the start of it; without one the latest decisions are listed"),
    Args.optional
  ),
  last: optionalText("last", "N", `how many decisions are listed (default: ${listed})`),
  ...globals
}, (given) =>
  Effect.gen(function*() {
    const most = yield* integerOf("--last", Option.getOrElse(given.last, () => listed), 1, 100_000)
    const config = yield* openConfig(given)
    if (!(yield* databaseExists(config))) {
      return yield* refuse(`there is no database ${databaseFile(config)}`, "--db PATH names another one")
    }
    yield* Effect.flatMap(DecisionJournal, (journal) =>
      Option.match(given.decision, {
        onNone: () => latest(journal, most),
        onSome: (id) => one(journal, id)
      })).pipe(Effect.provide(storageLayer(databaseFile(config))))
  })).pipe(Command.withDescription("All that a decision was made from: features, prompt, answers, edge and size."))
