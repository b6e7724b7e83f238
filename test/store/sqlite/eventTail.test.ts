import { SqlClient } from "@effect/sql"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { columnsOf } from "../../../src/domain/columnsOf.js"
import { Instant } from "../../../src/domain/Instant.js"
import { makeTailParts, type TailPart } from "../../../src/store/sqlite/eventTail.js"
import { MixedEvents } from "../../../src/store/sqlite/MixedEvents.js"
import { sqliteInMemory } from "../../support/storages.js"

/** A part of one event. */
const partOf = (id: number): TailPart => {
  const at = Instant(1_780_000_000_000 + id)
  const body = { kind: "trade", price: 410_000, size: 1, side: "buy" } as const
  const columns = columnsOf("trade", [{ sequence: id, availableAt: at, eventTime: at, source: undefined, body }])
  return { id, events: new MixedEvents(Float64Array.of(1), columns) }
}

describe("parts of the tail in memory", () => {
  const ids = Array.from({ length: 20_000 }, (_, i) => i + 1)

  it.effect("are the newest, and no more of them however small they are", () =>
    Effect.gen(function*() {
      const parts = makeTailParts(yield* SqlClient.SqlClient)
      for (const id of ids) parts.keep(partOf(id))
      // the table is empty: what is there comes from memory
      const kept = (yield* parts.some(ids)).map(({ id }) => id)
      assert.isBelow(kept.length, 10_000)
      assert.deepStrictEqual(kept, ids.slice(-kept.length))
    }).pipe(Effect.provide(sqliteInMemory)))

  it.effect("go once others have moved them", () =>
    Effect.gen(function*() {
      const parts = makeTailParts(yield* SqlClient.SqlClient)
      for (const id of [1, 2, 3]) parts.keep(partOf(id))
      assert.lengthOf(yield* parts.some([1, 2, 3]), 3)
      yield* parts.prune
      assert.lengthOf(yield* parts.some([1, 2, 3]), 0)
    }).pipe(Effect.provide(sqliteInMemory)))
})
