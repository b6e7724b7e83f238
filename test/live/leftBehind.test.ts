import { Effect } from "effect"
import { assert, describe, it } from "vitest"
import type { EventBody, MarketEvent } from "../../src/domain/Event.js"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import { leftBehind } from "../../src/live/leftBehind.js"
import { EventLog } from "../../src/store/EventLog.js"
import { plainStorage } from "../support/storages.js"

const idOf = (digit: string) => MarketId.make(`0x${digit.repeat(64)}`)
const noon = 1_780_000_000_000
const minute = 60_000

const gap: EventBody = { kind: "gap", interruption: { scope: "market", reason: "disconnected" } }
const book: EventBody = { kind: "book", bids: [[480_000, 1_000_000]], asks: [[520_000, 1_000_000]] }
const change: EventBody = { kind: "price_change", changes: [["bid", 480_000, 0]] }
const sourceGap: EventBody = { kind: "gap", interruption: { scope: "source", reason: "news" } }
const closed: EventBody = { kind: "market_closed" }
const resolved: EventBody = { kind: "resolution", outcome: 1 }

/** What is left behind by these histories, an event a minute. */
const found = (histories: ReadonlyArray<readonly [MarketId, string | undefined, ReadonlyArray<EventBody>]>) =>
  Effect.gen(function*() {
    const log = yield* EventLog
    for (const [market, source, bodies] of histories) {
      for (const [i, body] of bodies.entries()) {
        const event: MarketEvent = { market, source, eventTime: undefined, body }
        yield* log.append([event], Instant(noon + i * minute))
      }
    }
    return yield* leftBehind
  }).pipe(Effect.provide(plainStorage), Effect.runPromise)

describe("what recordings leave behind", () => {
  it("is every market without an outcome, with a gap where its book is taken for known", async () => {
    const { gaps, markets } = await found([
      [idOf("1"), "polymarket", [gap, book]],
      [idOf("2"), "polymarket", [gap, book, change, sourceGap]],
      [idOf("3"), "polymarket", [book, gap]],
      [idOf("4"), "polymarket", [book, closed]],
      [idOf("5"), "polymarket", [book, closed, resolved, gap]]
    ])
    assert.deepStrictEqual([...markets].sort(), ["1", "2", "3", "4"].map(idOf))
    assert.deepStrictEqual(gaps.map(({ market }) => market).sort(), ["1", "2"].map(idOf))
    assert.deepStrictEqual(gaps[0]?.body, {
      kind: "gap",
      interruption: { scope: "market", reason: "unfollowed" }
    })
  })

  it("is nothing of what was imported, or is no market of the venue", async () => {
    const outcome = await found([
      [idOf("1"), undefined, [book]],
      [idOf("2"), "another", [book]],
      [MarketId.make("a-slug"), "polymarket", [book]]
    ])
    assert.deepStrictEqual(outcome, { markets: [], gaps: [] })
  })
})
