import { assert, describe, it } from "@effect/vitest"
import { Array as Arr, Either, Schema } from "effect"
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { showProblem } from "../../src/domain/problems.js"
import { bookOf, tradeOf } from "../../src/polymarket/clobRows.js"
import { listedMarketOf } from "../../src/polymarket/venueMarketOf.js"

const folder = fileURLToPath(new URL("../../../shared/data/venue-payloads/", import.meta.url))
const isHere = existsSync(folder)
if (!isHere) process.stderr.write("\nNOT TESTED on recorded payloads of the venue: they are not here\n\n")

const Json = Schema.decodeUnknownSync(Schema.parseJson())
const payload = (name: string): unknown => Json(readFileSync(`${folder}${name}.json`, "utf8"))

const Rows = Schema.Array(Schema.Unknown)
const Event = Schema.Struct({ markets: Rows })
const rowsOfEvents = Schema.decodeUnknownSync(Schema.Array(Event))
const rowsOfSearch = Schema.decodeUnknownSync(Schema.Struct({ events: Schema.Array(Event) }))
const rows = Schema.decodeUnknownSync(Rows)

const utc = (text: string) => Date.parse(text)
const marketOf = (row: unknown) => Either.getOrThrowWith(listedMarketOf(row), showProblem).market

describe.runIf(isHere)("a recorded payload of the venue is read", () => {
  it("an open market", () => {
    assert.deepStrictEqual<unknown>(marketOf(payload("gamma_market")), {
      id: "0x78443f961b9a65869dcb39359de9960165c7e5cbad0904eac7f29cd77872a63b",
      gammaId: "1557558",
      slug: "btc-updown-5m-1773307200",
      yes: "104239898038807136052399800151408521467737075933964991162589336683346093173875",
      no: "71183960810705820955071415844881728181970340514894896943812046065452395013351",
      snapshot: {
        question: "Bitcoin Up or Down - March 12, 5:20AM-5:25AM ET",
        category: undefined,
        tags: [],
        startDate: utc("2026-03-11T09:29:01.328Z"),
        endDate: utc("2026-03-12T09:25:00Z"),
        resolutionDate: undefined,
        liquidity: 20_328.3747,
        volume24h: 9.999997,
        tickSize: 10_000
      },
      feeRate: undefined,
      closed: false,
      outcome: undefined
    })
  })

  it("a market that closed and resolved: to NO, and nothing of it in what features see", () => {
    const market = marketOf(payload("gamma_market_closed_binary_accepting_false"))
    assert.deepInclude(market, { closed: true, outcome: 0, feeRate: 0 })
    assert.deepStrictEqual<unknown>(market.snapshot, {
      question: "Katana FDV above $1B one day after launch?",
      category: undefined,
      tags: [],
      startDate: utc("2026-02-27T23:34:28.752Z"),
      endDate: utc("2028-01-01T05:00:00Z"),
      resolutionDate: undefined,
      liquidity: undefined,
      volume24h: undefined,
      tickSize: 1_000
    })
  })

  it("a market that closed and is not called resolved: it has no outcome yet, whatever its prices are", () => {
    const market = marketOf(payload("gamma_market_closed_binary_accepting_true"))
    assert.deepInclude(market, { closed: true, outcome: undefined })
  })

  it("an old market of 0 and 0: it has no outcome", () => {
    const market = marketOf(payload("gamma_market_closed_zero_zero_legacy"))
    assert.deepInclude(market, { closed: true, outcome: undefined })
    assert.deepInclude(market.snapshot, { category: "US-current-affairs", startDate: undefined, liquidity: undefined })
  })

  it("a scalar market: it is refused by name", () => {
    const problem = Either.flip(listedMarketOf(payload("gamma_market_closed_nonbinary_legacy")))
    assert.strictEqual(Either.getOrThrow(problem).field, "marketType")
  })

  it("the markets of an event and of a search", () => {
    const [event] = rowsOfEvents(payload("gamma_event"))
    const found = [
      ...event?.markets ?? [],
      ...rowsOfSearch(payload("search_response")).events.flatMap((e) => e.markets)
    ]
    assert.deepStrictEqual(
      found.map(marketOf).map(({ gammaId, outcome, snapshot }) => [gammaId, snapshot.liquidity, outcome]),
      [["559657", 400_500.66675, undefined], ["559659", 573_479.49303, undefined], ["1500056", 146_456.1784, undefined]]
    )
  })

  it("a book", () => {
    assert.deepStrictEqual<unknown>(
      Either.getOrThrowWith(bookOf(payload("clob_book_response")), showProblem),
      {
        market: "0xc8f1cf5d4f26e0fd9c8fe89f2a7b3263b902cf14fde7bfccef525753bb492e47",
        token: "12345678901234567890",
        timestamp: 1_703_875_200_000,
        bids: [[480_000, 100_000_000], [490_000, 200_000_000], [500_000, 150_000_000]],
        asks: [[510_000, 120_000_000], [520_000, 180_000_000], [530_000, 90_000_000]],
        tickSize: undefined,
        hash: "0xabc123"
      }
    )
  })

  it("trades", () => {
    const trades = Arr.getRights(rows(payload("data_api_trades_response")).map(tradeOf))
    assert.deepStrictEqual(
      trades.map(({ at, price, side, size }) => [at, side, price, size]),
      [
        [1_710_000_000_000, "buy", 550_000, 100_000_000],
        [1_709_999_900_000, "sell", 530_000, 50_000_000],
        [1_709_999_800_000, "buy", 450_000, 75_000_000]
      ]
    )
  })
})
