import { Effect, Layer } from "effect"
import { decisionId, DecisionJournal } from "../../src/strategy/DecisionJournal.js"
import type { Decision } from "../../src/strategy/Signal.js"

/** A journal on one plain list, which is there to be looked at. */
export const plainJournal = () => {
  const decisions = new Map<string, Decision>()
  const kept = () => [...decisions].map(([id, decision]) => ({ id, ...decision }))
  const layer = Layer.succeed(DecisionJournal, {
    record: (all) =>
      Effect.sync(() => {
        for (const decision of all) {
          const id = decisionId(decision)
          if (!decisions.has(id)) decisions.set(id, decision)
        }
      }),
    find: (prefix, most) => Effect.sync(() => kept().filter(({ id }) => id.startsWith(prefix)).slice(0, most)),
    latest: (most) => Effect.sync(() => kept().reverse().slice(0, most))
  })
  return { decisions, layer }
}
