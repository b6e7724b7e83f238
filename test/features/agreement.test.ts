import { FastCheck as fc } from "effect"
import { assert, describe, it } from "vitest"
import { disagreements } from "../support/agreement.js"
import { configurable } from "../support/configurable.js"
import { Evaluator, registryWith } from "../support/evaluate.js"
import { instantsOf, questionsAsked } from "../support/histories.js"
import { replayOf } from "../support/replayOf.js"

const asked = questionsAsked.chain(({ at, events, market }) =>
  fc.record({
    events: fc.constant(events),
    market: fc.constant(market),
    instants: fc.array(instantsOf(events), { maxLength: 1 }).map((more) => [at, ...more]),
    chosen: configurable
  })
)

/** 10,000 histories in four tests: a worker that is busy for a minute on end is taken for dead. */
const quarters = [1, 2, 3, 4]

describe("agreement with the naive reference", () => {
  it.each(quarters)("all 21 features have its value, reason, status and age at any instant of any history (%i)", () => {
    fc.assert(
      fc.property(asked, ({ chosen, events, instants, market }) => {
        const replay = replayOf(events, market)
        const evaluator = new Evaluator(replay.state, registryWith(chosen))
        for (const at of instants) {
          replay.seek(at)
          assert.deepStrictEqual(disagreements(evaluator.vector(at).entries(), events, market, at, chosen), [])
        }
      }),
      { numRuns: 2_500 }
    )
  })
})
