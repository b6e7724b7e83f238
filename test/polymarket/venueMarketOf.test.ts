import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck as fc } from "effect"
import { listedMarketOf } from "../../src/polymarket/venueMarketOf.js"
import { conditionIdOf, noOf, rowOf, yesOf } from "./rows.js"

const read = (more: object = {}) => Either.getOrThrowWith(listedMarketOf(rowOf(1, more)), ({ field }) => field)
const refusedBy = (row: unknown) =>
  Either.match(listedMarketOf(row), { onLeft: ({ field }) => field, onRight: () => "nothing" })

const resolved = { closed: true, umaResolutionStatus: "resolved" }
const withPrices = (...prices: ReadonlyArray<unknown>) => ({ ...resolved, outcomePrices: JSON.stringify(prices) })

describe("a row of Gamma's", () => {
  it("becomes a market with what may be known of it", () => {
    const { isOpen, market, tagNames, texts } = read()
    assert.deepStrictEqual({ ...market }, {
      id: market.id,
      gammaId: "1001",
      slug: "rain-on-day-1",
      yes: market.yes,
      no: market.no,
      snapshot: {
        question: "Will it rain on day 1?",
        category: "Weather",
        tags: ["daily", "weather"],
        startDate: market.snapshot.startDate,
        endDate: market.snapshot.endDate,
        resolutionDate: undefined,
        liquidity: 20_328.3747,
        volume24h: 9.999997,
        tickSize: 1_000
      },
      feeRate: 0.05,
      closed: false,
      outcome: undefined
    })
    assert.strictEqual<string>(market.id, conditionIdOf(1))
    assert.deepStrictEqual<ReadonlyArray<string>>([market.yes, market.no], [yesOf(1), noOf(1)])
    assert.strictEqual<number | undefined>(market.snapshot.startDate, Date.UTC(2026, 2, 11, 9, 29, 1, 328))
    assert.strictEqual<number | undefined>(market.snapshot.endDate, Date.UTC(2026, 2, 12, 9, 25))
    assert.isTrue(isOpen)
    assert.deepStrictEqual([...tagNames ?? []].sort(), ["7", "84", "Daily", "Weather", "daily", "weather"])
    assert.deepStrictEqual(texts, ["Will it rain on day 1?", "rain-on-day-1", "Rain in March", "rain"])
  })

  it("may leave out, or leave empty, all but who it is", () => {
    const bare = { id: 7, conditionId: conditionIdOf(7), outcomes: ["Yes", "No"], clobTokenIds: [yesOf(7), noOf(7)] }
    const nothing = {
      question: "",
      category: undefined,
      tags: [],
      startDate: undefined,
      endDate: undefined,
      resolutionDate: undefined,
      liquidity: undefined,
      volume24h: undefined,
      tickSize: undefined
    }
    for (const empty of [undefined, null, ""]) {
      const names = Object.keys(rowOf(7)).filter((name) => !Object.hasOwn(bare, name))
      const row = { ...Object.fromEntries(names.map((name) => [name, empty])), ...bare }
      const { market } = Either.getOrThrowWith(listedMarketOf(row), ({ field }) => field)
      assert.deepStrictEqual<unknown>(market.snapshot, nothing)
      assert.deepInclude(market, { gammaId: "7", slug: undefined, feeRate: undefined, closed: false })
    }
  })

  it("has its YES token where the outcomes say so, and first where none is named", () => {
    const tokens = (outcomes: ReadonlyArray<string>) => {
      const { no, yes } = read({ outcomes: JSON.stringify(outcomes) }).market
      return [yes, no].map(String)
    }
    assert.deepStrictEqual(tokens(["No", "Yes"]), [noOf(1), yesOf(1)])
    assert.deepStrictEqual(tokens(["NO", "YES"]), [noOf(1), yesOf(1)])
    assert.deepStrictEqual(tokens(["Up", "Down"]), [yesOf(1), noOf(1)])
  })

  it("gives dates in every form of the venue's, and none for years that are no instants", () => {
    const end = (endDate: string): number | undefined => read({ endDate }).market.snapshot.endDate
    assert.strictEqual(end("2026-07-25 00:15:18+00"), Date.UTC(2026, 6, 25, 0, 15, 18))
    assert.strictEqual(end("2026-07-25T00:15:18.123456Z"), Date.UTC(2026, 6, 25, 0, 15, 18, 123))
    assert.strictEqual(end("2026-07-25"), Date.UTC(2026, 6, 25))
    assert.strictEqual(end("0001-01-01T00:00:00Z"), undefined)
    assert.strictEqual(end("2500-12-31"), undefined)
    assert.strictEqual(end("1970-01-01T00:00:00Z"), undefined)
  })

  it("gives amounts as text or numbers, from the next field where one is missing", () => {
    const amounts = (more: object) => {
      const { liquidity, volume24h } = read(more).market.snapshot
      return [liquidity, volume24h]
    }
    assert.deepStrictEqual(amounts({ liquidity: 5, volume24hr: "7.5" }), [5, 7.5])
    assert.deepStrictEqual(amounts({ liquidity: null, volume24hr: "", volume24hrClob: 3 }), [20_328.37, 3])
    assert.deepStrictEqual(amounts({ liquidity: null, liquidityNum: null, liquidityClob: 4 }), [4, 9.999997])
    assert.deepStrictEqual(amounts({ liquidity: 0, volume24hr: 0 }), [0, 0])
  })

  it("has a fee rate of 0 where there are no fees, and none where it says nothing", () => {
    assert.strictEqual(read({ feesEnabled: false }).market.feeRate, 0)
    assert.strictEqual(read({ feeSchedule: null }).market.feeRate, undefined)
    assert.strictEqual(read({ feesEnabled: null, feeSchedule: { rate: "0.02" } }).market.feeRate, 0.02)
  })

  it("can be traded unless it says otherwise", () => {
    for (const more of [{ closed: true }, { active: false }, { archived: true }, { enableOrderBook: false }]) {
      assert.isFalse(read(more).isOpen)
    }
    assert.isTrue(read({ active: null, archived: null, enableOrderBook: null, closed: null }).isOpen)
  })
})

describe("an outcome", () => {
  it("is one of the three ways in which the venue settles, of YES", () => {
    assert.strictEqual(read(withPrices("1", "0")).market.outcome, 1)
    assert.strictEqual(read(withPrices("0", "1")).market.outcome, 0)
    assert.strictEqual(read(withPrices("0.5", "0.5")).market.outcome, 0.5)
    assert.strictEqual(read({ ...resolved, outcomePrices: [1, 0] }).market.outcome, 1)
    assert.strictEqual(read({ ...withPrices("1", "0"), outcomes: "[\"No\",\"Yes\"]" }).market.outcome, 0)
  })

  it("is not read off last prices, old rows of 0 and 0, or what is no price", () => {
    for (
      const prices of [
        ["0.9995", "0.0005"],
        ["0", "0"],
        ["1", "1"],
        ["", "1"],
        ["0x1", "0"],
        ["1"],
        ["1", "0", "0"],
        []
      ]
    ) assert.strictEqual(read(withPrices(...prices)).market.outcome, undefined, prices.join())
    assert.strictEqual(read({ ...resolved, outcomePrices: null }).market.outcome, undefined)
  })

  it("exists once the market is closed and the last that the venue says is that it is resolved", () => {
    const outcome = (more: object) => read({ outcomePrices: "[\"1\",\"0\"]", ...more }).market.outcome
    assert.strictEqual(outcome({ closed: false, umaResolutionStatus: "resolved" }), undefined)
    assert.strictEqual(outcome({ closed: true }), undefined)
    assert.strictEqual(outcome({ closed: true, umaResolutionStatus: "proposed" }), undefined)
    assert.strictEqual(
      outcome({ closed: true, umaResolutionStatus: "disputed", umaResolutionStatuses: "[\"resolved\"]" }),
      undefined
    )
    assert.strictEqual(outcome({ closed: true, umaResolutionStatuses: "[\"proposed\",\"resolved\"]" }), 1)
    assert.strictEqual(outcome({ closed: true, umaResolutionStatuses: "[\"resolved\",\"disputed\"]" }), undefined)
    assert.strictEqual(outcome({ closed: true, umaResolutionStatuses: ["settled"] }), 1)
  })

  it("and all else that is known only afterwards reaches no snapshot", () => {
    const hindsight = fc.record({
      outcomePrices: fc.constantFrom("[\"1\",\"0\"]", "[\"0\",\"1\"]", "[\"0.5\",\"0.5\"]", null),
      umaResolutionStatus: fc.constantFrom("resolved", "proposed", null),
      umaResolutionStatuses: fc.constantFrom("[]", "[\"proposed\",\"resolved\"]", null),
      umaEndDate: fc.constantFrom("2026-03-11T20:00:00Z", null),
      closedTime: fc.constantFrom("2026-03-11 20:00:00+00", null),
      resolutionSource: fc.constantFrom("https://example.org", null),
      winner: fc.constantFrom("Yes", null),
      lastTradePrice: fc.constantFrom(0.99, 0.01, null),
      bestBid: fc.constantFrom(0.99, null),
      bestAsk: fc.constantFrom(0.01, null),
      volume: fc.constantFrom("1", "99999", null),
      volume24hr: fc.constantFrom(1, 99_999, null),
      volume24hrClob: fc.constantFrom(1, 99_999, null),
      liquidity: fc.constantFrom("0", "5", null),
      liquidityNum: fc.constantFrom(0, 5, null)
    })
    const plain = read({ closed: true, outcomePrices: null, liquidity: null, volume24hr: null }).market.snapshot
    fc.assert(fc.property(hindsight, (more) => {
      assert.deepStrictEqual(read({ ...more, closed: true }).market.snapshot, {
        ...plain,
        liquidity: undefined,
        volume24h: undefined
      })
    }))
  })
})

describe("a row that cannot be recorded is refused by the name of the field", () => {
  const cases: ReadonlyArray<readonly [field: string, more: object]> = [
    ["conditionId", { conditionId: null }],
    ["conditionId", { conditionId: "" }],
    ["conditionId", { conditionId: "0x12" }],
    ["conditionId", { conditionId: 12 }],
    ["id", { id: null }],
    ["outcomes", { outcomes: null }],
    ["outcomes", { outcomes: "[\"Bezos\",\"Musk\",\"Other\"]" }],
    ["outcomes", { outcomes: "[\"Yes\"" }],
    ["outcomes", { outcomes: "{}" }],
    ["clobTokenIds", { clobTokenIds: null }],
    ["clobTokenIds", { clobTokenIds: "" }],
    ["clobTokenIds", { clobTokenIds: "[\"\",\"\"]" }],
    ["clobTokenIds", { clobTokenIds: "[\"1\"]" }],
    ["clobTokenIds", { clobTokenIds: "[\"1\",\"1\"]" }],
    ["clobTokenIds", { clobTokenIds: "[1,2]" }],
    ["clobTokenIds", { clobTokenIds: JSON.stringify(["1".repeat(79), "2"]) }],
    ["marketType", { marketType: "scalar" }],
    ["endDate", { endDate: "2026-07-25 00:15:18" }],
    ["endDate", { endDate: "soon" }],
    ["startDate", { startDate: 1_700_000_000 }],
    ["liquidity", { liquidity: "NaN" }],
    ["liquidity", { liquidity: "-1" }],
    ["liquidityNum", { liquidityNum: Infinity }],
    ["volume24hr", { volume24hr: "1e999" }],
    ["orderPriceMinTickSize", { orderPriceMinTickSize: 0 }],
    ["feeSchedule", { feeSchedule: { rate: 2 } }],
    ["closed", { closed: "false" }],
    ["question", { question: "x".repeat(10_001) }],
    ["tags", { tags: "weather" }]
  ]
  for (const [field, more] of cases) {
    it(`${field} as ${JSON.stringify(more).slice(0, 60)}`, () => {
      assert.match(refusedBy(rowOf(1, more)), new RegExp(`^${field}(?![a-zA-Z])`, "u"))
    })
  }

  it("or as no row at all", () => {
    for (const row of [null, undefined, 1, "row", [], [rowOf(1)]]) assert.strictEqual(refusedBy(row), "(row)")
  })
})

describe("hostile rows", () => {
  const names = Object.keys(rowOf(1))

  const isHarmless = (name: string, value: unknown) => {
    const result = listedMarketOf({ ...rowOf(1), [name]: value })
    if (Either.isLeft(result)) assert.isBelow(result.left.field.length + result.left.expected.length, 500, name)
  }

  it("never break anything, whatever stands in their fields", () => {
    const odd = ["\u0000", "\ud800", "1e999", "__proto__", Number.MAX_VALUE, NaN, {
      __proto__: null,
      rate: {}
    }] as const
    const hostile = fc.oneof(fc.jsonValue(), fc.string(), fc.constantFrom<unknown>(...odd))
    fc.assert(fc.property(fc.constantFrom(...names), hostile, isHarmless), { numRuns: 2_000 })
  })

  it("never break anything, however deep or long", () => {
    const depth = 20_000
    const nested = "[".repeat(depth) + "]".repeat(depth)
    const deep: unknown = JSON.parse(nested)
    const long = Array.from({ length: 100_000 }, (_, i) => String(i))
    for (const name of names) {
      for (const value of [deep, nested, [deep, deep], { rate: deep }, "[".repeat(depth), long, "9".repeat(100_000)]) {
        isHarmless(name, value)
      }
    }
  })

  it("cannot reach a prototype", () => {
    const row: unknown = JSON.parse(
      `{"__proto__": {"closed": true, "polluted": 1}, ${JSON.stringify(rowOf(1)).slice(1)}`
    )
    const { market } = Either.getOrThrowWith(listedMarketOf(row), ({ field }) => field)
    assert.isFalse(market.closed)
    assert.notProperty({}, "polluted")
    assert.strictEqual(refusedBy(Object.create(rowOf(1))), "id")
  })
})
