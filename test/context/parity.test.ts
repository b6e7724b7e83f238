import { Effect, FastCheck as fc } from "effect"
import { assert, describe, it } from "vitest"
import { parityCases, sameLiveAndInHistory } from "../support/parity.js"
import { plainStorage, sqliteInMemory } from "../support/storages.js"

const laws = (storage: typeof plainStorage | typeof sqliteInMemory, numRuns: number) => {
  let [compared, served] = [0, 0]
  fc.assert(
    fc.property(parityCases, (parityCase) => {
      const done = Effect.runSync(sameLiveAndInHistory(parityCase, storage))
      compared += done.compared
      served += done.served
    }),
    { numRuns }
  )
  return { compared, served }
}

describe("live and history", () => {
  it("give the same bits, which are the naive reference's, at any moment of any history", () => {
    const { compared, served } = laws(plainStorage, 500)
    // it has been about something
    assert.isAbove(compared, 2_000)
    assert.isAbove(served, 20_000)
  })

  it("give the same bits through the database", () => {
    laws(sqliteInMemory, 60)
  })
})
