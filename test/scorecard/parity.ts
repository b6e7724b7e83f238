import { Effect, FastCheck as fc } from "effect"
import { parityCases, sameLiveAndInHistory } from "../support/parity.js"
import { plainStorage, sqliteInMemory } from "../support/storages.js"
import { type Campaign, noting, rounds } from "./Campaign.js"

export const parity: Campaign = {
  name: "parity",
  what: "histories performed live; every vector the same bits in history, and the naive reference's values",
  rounds: rounds(10),
  meets: ["vectors compared", "answers served"],
  prepare: Effect.succeed(
    noting((notes, _, seed) =>
      Effect.forEach(fc.sample(parityCases, { seed, numRuns: 40 }), (parityCase, index) =>
        Effect.gen(function*() {
          const { compared, served } = yield* sameLiveAndInHistory(
            parityCase,
            index % 4 === 0 ? sqliteInMemory : plainStorage
          )
          notes.tried++
          notes.meet("vectors compared", compared)
          notes.meet("answers served", served)
        }), { discard: true })
    )
  )
}
