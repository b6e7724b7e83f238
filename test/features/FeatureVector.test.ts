import { assert, describe, it } from "vitest"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import { answerOf } from "../../src/features/answer.js"
import { FeatureVector, type GroupAnswer } from "../../src/features/FeatureVector.js"
import type { ExternalGroup } from "../../src/features/Group.js"
import { Reason, reasonCode, reasonOf, reasons } from "../../src/features/Reason.js"
import { Cell, Row } from "../../src/features/Row.js"
import { Evaluator } from "../support/evaluate.js"
import { opening } from "../support/histories.js"
import { replayOf } from "../support/replayOf.js"

const market = MarketId.make("m")
const now = Instant(opening)

const group: ExternalGroup = {
  kind: "external",
  id: "mood@2",
  name: "mood",
  version: "2",
  isDefault: true,
  enabled: true,
  features: ["score", "label", "calm"].map((name, index) => ({
    name,
    index,
    unit: "",
    description: "",
    needs: [],
    type: "string"
  })),
  ttlMillis: 1_000,
  maxAgeMillis: 5_000,
  fingerprint: "sha256:0"
}

const columns = group.features.map((feature) => ({ key: `mood.${feature.name}`, group, feature }))

const answer = (bornAt: number, reason = 0): GroupAnswer => ({
  computedAt: Instant(opening - 7),
  values: [0.5, "calm", true],
  reasons: Uint8Array.of(reason, reason, reason),
  bornAt: Float64Array.of(bornAt, bornAt, bornAt),
  neededAt: Float64Array.of(bornAt, bornAt, NaN)
})

const vector = (given?: GroupAnswer) =>
  new FeatureVector(market, now, 12, columns, new Map(given === undefined ? [] : [[group.id, given]]))

describe("a feature vector", () => {
  it("reads as the contract has it", () => {
    const read: unknown = JSON.parse(JSON.stringify(vector(answer(opening - 12))))
    assert.deepStrictEqual<unknown>(read, {
      market: "m",
      as_of: opening,
      sequence: 12,
      features: Object.fromEntries(
        ([["mood.score", 0.5], ["mood.label", "calm"], ["mood.calm", true]] as const).map(([key, value]) => [key, {
          value,
          status: "PRESENT",
          reason: null,
          age_ms: 12,
          computed_at: opening - 7,
          version: "2",
          fingerprint: "sha256:0"
        }])
      )
    })
  })

  it("goes stale a millisecond after its greatest age, the value kept, and never without a need", () => {
    const statuses = (age: number) =>
      vector(answer(opening - age)).entries().map(([, { status, value }]) => [status, value])
    assert.deepStrictEqual(statuses(5_000), [["PRESENT", 0.5], ["PRESENT", "calm"], ["PRESENT", true]])
    assert.deepStrictEqual(statuses(5_001), [["STALE", 0.5], ["STALE", "calm"], ["PRESENT", true]])
  })

  it("has no value where there is a reason", () => {
    const shown = vector(answer(NaN, Reason.no_data)).get("mood.label")
    assert.deepStrictEqual([shown?.value, shown?.reason, shown?.status, shown?.age_ms], [
      null,
      "no_data",
      "MISSING",
      null
    ])
  })

  it("knows no other keys than were asked for, and nothing of a group without answer", () => {
    assert.isUndefined(vector(answer(opening)).get("mood.other"))
    assert.isUndefined(vector(answer(opening)).get("mood@2.score"))
    assert.isUndefined(vector().get("mood.score"))
    assert.deepStrictEqual(vector().entries(), [])
  })
})

describe("an answer", () => {
  it("stays what it was when the group is evaluated again", () => {
    const replay = replayOf([
      { type: "quote", market: "m", available_at: opening, best_bid: 0.4, best_ask: 0.5, sequence: 1 },
      { type: "market_closed", market: "m", available_at: opening + 1, sequence: 2 }
    ], "m")
    const evaluator = new Evaluator(replay.state)
    replay.advance(opening)
    const earlier = evaluator.vector(opening)
    const before = JSON.stringify(earlier)
    replay.advance(opening + 1)
    const later = evaluator.vector(opening + 1)
    assert.strictEqual(JSON.stringify(earlier), before)
    assert.strictEqual(earlier.get("market.current_price")?.value, 0.45)
    assert.strictEqual(later.get("market.current_price")?.reason, "closed")
    assert.strictEqual(later.sequence, 2)
  })

  it("is copied from wherever the row points to", () => {
    const replay = replayOf([
      { type: "quote", market: "m", available_at: opening, best_bid: 0.4, best_ask: 0.5, sequence: 1 }
    ], "m")
    replay.advance(opening)
    const evaluator = new Evaluator(replay.state)
    const bound = evaluator.groups().find((one) => one.group.name === "temporal")
    assert.isDefined(bound)
    bound.row.values = new Float64Array(100)
    bound.row.reasons = new Uint8Array(100)
    bound.row.offset = 50
    bound.evaluate(now)
    const given = answerOf(bound, now)
    assert.deepStrictEqual([...given.values.subarray(0, 2)], [12, 7])
    assert.deepStrictEqual([...given.reasons], [Reason.known, Reason.known, Reason.no_end_date, Reason.no_start_date])
    assert.deepStrictEqual([...bound.row.values.subarray(49, 52)], [0, 12, 7])
    assert.deepStrictEqual([...given.bornAt], [opening, opening, NaN, NaN])
  })
})

describe("a cell", () => {
  it("writes where its row points, and has no negative zero", () => {
    const row = new Row(2)
    const cell = new Cell(row, 1)
    cell.known(-0)
    assert.isTrue(Object.is(cell.value(), 0))
    assert.strictEqual(cell.reason(), Reason.known)
    row.values = new Float64Array(4)
    row.reasons = new Uint8Array(4)
    row.offset = 2
    cell.unknown(Reason.feed_gap)
    assert.deepStrictEqual([[...row.values], [...row.reasons]], [[0, 0, 0, NaN], [0, 0, 0, Reason.feed_gap]])
    assert.strictEqual(cell.reason(), Reason.feed_gap)
    cell.known(3)
    assert.deepStrictEqual([cell.value(), cell.reason()], [3, Reason.known])
  })
})

describe("reasons", () => {
  it("have codes in order of precedence", () => {
    reasons.forEach((reason, i) => {
      assert.strictEqual(Reason[reason], i + 1)
      assert.strictEqual(reasonOf(i + 1), reason)
      assert.strictEqual(reasonCode(i + 1), i + 1)
    })
    assert.isUndefined(reasonOf(0))
    assert.strictEqual(reasonCode(0), Reason.known)
    assert.strictEqual(reasonCode(99), Reason.no_data)
  })
})
