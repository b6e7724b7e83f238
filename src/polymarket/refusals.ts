import { Effect } from "effect"
import type { FieldProblem } from "../domain/problems.js"
import { feedMetrics } from "../telemetry/feedMetrics.js"
import { polymarket } from "./venueName.js"

/** `outcomes[2]` and `outcomes` are one reason among those counted. */
export const fieldOf = ({ field }: FieldProblem): string => /^[A-Za-z0-9_]*/u.exec(field)?.[0] ?? ""

/** Notes a part of an answer that was left out: counted each time, logged the first time that its field is the reason. */
export type NoteRefusal = (what: "market" | "book" | "trade" | "price", problem: FieldProblem) => Effect.Effect<void>

export const makeNoteRefusal = Effect.map(feedMetrics, ({ refused }): NoteRefusal => {
  const logged = new Set<string>()
  return (what, problem) =>
    Effect.suspend(() => {
      const reason = `${what}.${fieldOf(problem)}`
      refused.inc({ source: polymarket, reason })
      if (logged.has(reason)) return Effect.void
      logged.add(reason)
      // what was there instead is the venue's text, and stays out of the log
      return Effect.logWarning(
        `the venue sent a ${what} that cannot be used, and is left out; further ones are counted`
      )
        .pipe(Effect.annotateLogs({ field: fieldOf(problem), expected: problem.expected }))
    })
})
