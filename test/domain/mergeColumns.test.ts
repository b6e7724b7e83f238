import { FastCheck as fc } from "effect"
import { assert, describe, it } from "vitest"
import { columnsOf, type PlacedEvent } from "../../src/domain/columnsOf.js"
import { eventKinds } from "../../src/domain/Event.js"
import { mergeColumns, selectRows, sortRows } from "../../src/domain/mergeColumns.js"
import { histories, numbered } from "../support/histories.js"
import { inLogOrder, placedOf } from "../support/replayOf.js"

/** Events of all kinds, in the order of a file. */
const files = histories.map((lines) => placedOf(numbered(lines.map((line) => ({ ...line, market: "m" }))), "m"))

const parts = fc.tuple(files, fc.array(fc.nat(3), { minLength: 70, maxLength: 70 }))

const ofKind = (events: ReadonlyArray<PlacedEvent>, kind: PlacedEvent["body"]["kind"]) =>
  events.filter((event) => event.body.kind === kind)

describe("columns", () => {
  it("merged from parts that interleave are those of the sorted events", () => {
    fc.assert(
      fc.property(parts, ([events, partOf]) => {
        for (const kind of eventKinds) {
          const some = ofKind(events, kind)
          const [first = [], ...rest] = [0, 1, 2, 3].map((part) => some.filter((_, i) => partOf[i] === part))
          assert.deepStrictEqual(
            mergeColumns([columnsOf(kind, first), ...rest.map((part) => columnsOf(kind, part))]),
            columnsOf(kind, inLogOrder(some))
          )
          assert.deepStrictEqual(mergeColumns([columnsOf(kind, some)]), columnsOf(kind, inLogOrder(some)))
        }
      }),
      { numRuns: 500 }
    )
  })

  it("of selected rows are those of the selected events", () => {
    fc.assert(
      fc.property(files, fc.array(fc.nat(), { maxLength: 6 }), (events, keys) => {
        for (const kind of eventKinds) {
          const some = ofKind(events, kind)
          const order = some.length === 0 ? [] : keys.map((key) => key % some.length)
          assert.deepStrictEqual(
            selectRows(columnsOf(kind, some), order),
            columnsOf(kind, order.flatMap((row) => some.slice(row, row + 1)))
          )
        }
      }),
      { numRuns: 500 }
    )
  })

  it("in order already are not copied", () => {
    fc.assert(
      fc.property(files, (events) => {
        for (const kind of eventKinds) {
          const columns = columnsOf(kind, inLogOrder(ofKind(events, kind)))
          assert.strictEqual(sortRows(columns), columns)
          assert.strictEqual(mergeColumns([columns]), columns)
        }
      }),
      { numRuns: 100 }
    )
  })
})
