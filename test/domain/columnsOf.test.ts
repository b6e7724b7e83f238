import { FastCheck as fc } from "effect"
import { assert, describe, it } from "vitest"
import { columnsOf } from "../../src/domain/columnsOf.js"
import { eventKinds } from "../../src/domain/Event.js"
import { eventOf } from "../../src/domain/eventOf.js"
import { normaliseLevels } from "../../src/domain/levels.js"
import { MarketId } from "../../src/domain/MarketId.js"
import { histories, numbered } from "../support/histories.js"
import { placedOf } from "../support/replayOf.js"

const market = MarketId.make("m")

describe("events as columns", () => {
  it("come back as they went in, books normalised", () => {
    fc.assert(
      fc.property(histories, (lines) => {
        const events = placedOf(numbered(lines.map((line) => ({ ...line, market: "m" }))), "m")
        for (const kind of eventKinds) {
          const some = events.filter((event) => event.body.kind === kind)
          const columns = columnsOf(kind, some)
          assert.strictEqual(columns.rows, some.length)
          some.forEach(({ availableAt, body, eventTime, sequence, source }, row) => {
            assert.deepStrictEqual(
              { ...eventOf(market, columns, row) },
              {
                market,
                source,
                eventTime,
                body: body.kind === "book"
                  ? { ...body, bids: normaliseLevels(body.bids, "bid"), asks: normaliseLevels(body.asks, "ask") }
                  : body
              }
            )
            assert.strictEqual(columns.availableAt[row], availableAt)
            assert.strictEqual(columns.sequence[row], sequence)
          })
          assert.isUndefined(eventOf(market, columns, some.length))
        }
      }),
      { numRuns: 500 }
    )
  })
})
