import { Either } from "effect"
import { assert, describe, it } from "vitest"
import { type EventKind, eventKinds } from "../../src/domain/Event.js"
import { decodeEventLine } from "../../src/domain/EventLine.js"
import { type FieldProblem, showProblem } from "../../src/domain/problems.js"

const now = 1_774_785_600_000

/** A value as JSON brings it, so that 1e999 is what a file would give. */
const parsed = (json: string): unknown => JSON.parse(json)

const nested = (depth: number): unknown => depth === 0 ? "0.5" : [nested(depth - 1)]
const nestedObject = (depth: number): unknown => depth === 0 ? "0.5" : { a: nestedObject(depth - 1) }

interface FieldType {
  readonly good: unknown
  /** what the message says was expected */
  readonly expected: string
  readonly bad: ReadonlyArray<unknown>
}

const noText = [7, true, [], {}, ["a"], nested(64), nestedObject(64)]
const noNumber = [true, [], {}, [0.5], "", " ", "abc", "NaN", "Infinity", "-Infinity", "1e-3", "0x1", "1_000", "1,5"]
  .concat(["0.5 ", ".", "+", "--1", "١"])
  .concat([parsed("1e999"), parsed("-1e999"), NaN, nested(64), nestedObject(64)])

const name = (most: number): FieldType => ({
  good: "x".repeat(most),
  expected: `text of 1 to ${most} characters`,
  bad: [...noText, "", "x".repeat(most + 1), "x".repeat(10_000)]
})
const text = (most: number): FieldType => ({
  good: "x".repeat(most),
  expected: `text of at most ${most} characters`,
  bad: [...noText, "x".repeat(most + 1), "x".repeat(200_000)]
})
const choice = (...names: ReadonlyArray<string>): FieldType => ({
  good: names.at(-1),
  expected: names.map((each) => JSON.stringify(each)).join(" or "),
  bad: [...noText, "", "constructor", "x".repeat(10_000), ...names.map((each) => each.toUpperCase())]
})

const marketId: FieldType = {
  good: "will-it-rain? 0xAB/ж",
  expected: "a market id of 1 to 256 printable characters",
  bad: [...noText, "", " ", " m", "m\n", "a\u0000b", "a\u2028b", "\ud800", "m".repeat(257), "m".repeat(10_000)]
}
const instant: FieldType = {
  good: now,
  expected:
    "integer milliseconds UTC within 1971..2099 (seconds are refused), or ISO 8601 with an offset (2026-07-10T20:25:46Z)",
  bad: [
    true,
    [],
    {},
    [now],
    // seconds, microseconds and nanoseconds
    now / 1000,
    now * 1000,
    now * 1e6,
    now + 0.5,
    0,
    -now,
    4_102_444_800_000,
    parsed("1e999"),
    NaN,
    `${now}`,
    "",
    "NaN",
    "yesterday",
    "2026-03-29",
    "2026-03-29T12:00:00",
    "2026-03-29 12:00:00",
    "2026-02-29T12:00:00Z",
    "2026-02-30T12:00:00Z",
    "2026-13-01T12:00:00Z",
    "2026-00-01T12:00:00Z",
    "2026-01-00T12:00:00Z",
    "2026-03-29T24:00:00Z",
    "2026-03-29T12:60:00Z",
    "2026-03-29T12:00:60Z",
    "2026-03-29T12:00:00+24:00",
    "2026-03-29T12:00:00+01:60",
    "2026-03-29T12:00:00 UTC",
    " 2026-03-29T12:00:00Z",
    "1970-12-31T23:59:59.999Z",
    "2100-01-01T00:00:00Z",
    "0085-03-29T12:00:00Z",
    "x".repeat(10_000),
    nested(64)
  ]
}
const price: FieldType = {
  good: "0.48",
  expected: "a price within 0..1, as a decimal string or a finite number",
  bad: [...noNumber, 1.000001, "1.0000001", -0.000001, "-0.1", 48, "48", parsed("1e30")]
}
const size: FieldType = {
  good: 1_000_000_000,
  expected: "a size in shares within 0..1000000000, as a decimal string or a finite number",
  bad: [...noNumber, -1, "-0.000001", 1_000_000_001, "1000000000.1"]
}
const amount: FieldType = {
  good: "1250.5",
  expected: "an amount in USD of at least 0, as a decimal string or a finite number",
  bad: [...noNumber, -1, "-0.01"]
}
const outcome: FieldType = { good: 0.5, expected: "an outcome within 0..1", bad: [...noNumber, 2, -1, "1.5"] }
const tickSize: FieldType = {
  good: "0.001",
  expected: "a tick size above 0 and at most 1",
  bad: [...noNumber, 0, "0", -0.01, 1.01, "0.0000004"]
}
const bid = ["0.4", "1"]
const levels: FieldType = {
  good: [bid, [0.5, 0]],
  expected: "a list of [price, size] pairs",
  bad: [true, 1, "[[0.4, 1]]", {}, { price: 0.4 }, nestedObject(64)]
}
const changes: FieldType = {
  good: [["bid", "0.4", 0]],
  expected: "a list of changes [\"bid\" or \"ask\", price, new size]",
  bad: [true, 1, "bid", {}, nestedObject(64)]
}
const tags: FieldType = { good: ["a", ""], expected: "a list of texts", bad: [true, 1, "a", {}, nestedObject(64)] }

type Fields = Readonly<Record<string, FieldType>>

const commonFields = { market: marketId, available_at: instant }
const commonOptional = { event_time: instant, source: name(256) }
const interruption = { required: { scope: choice("market", "source"), reason: name(1_000) }, optional: {} }

const fields: Readonly<Record<EventKind, { readonly required: Fields; readonly optional: Fields }>> = {
  market: {
    required: { question: text(10_000) },
    optional: {
      category: text(256),
      tags,
      start_date: instant,
      end_date: instant,
      resolution_date: instant,
      liquidity: amount,
      volume_24h: amount,
      tick_size: tickSize
    }
  },
  quote: { required: {}, optional: { best_bid: price, best_ask: price, volume_24h: amount } },
  book: { required: { bids: levels, asks: levels }, optional: {} },
  price_change: { required: { changes }, optional: {} },
  trade: { required: { price, size, side: choice("buy", "sell") }, optional: {} },
  news: {
    required: { id: name(1_024), source: name(256), text: text(100_000) },
    optional: { published_at: instant, url: text(2_048) }
  },
  gap: interruption,
  gap_end: interruption,
  market_closed: { required: {}, optional: {} },
  resolution: { required: { outcome }, optional: {} }
}

const requiredOf = (kind: EventKind): Fields => ({ ...commonFields, ...fields[kind].required })
const optionalOf = (kind: EventKind): Fields => {
  const { source, ...others } = commonOptional
  return { ...others, ...("source" in fields[kind].required ? {} : { source }), ...fields[kind].optional }
}

const lineOf = (
  kind: EventKind,
  changed: Readonly<Record<string, unknown>> = {}
): Readonly<Record<string, unknown>> => ({
  type: kind,
  ...Object.fromEntries(Object.entries(requiredOf(kind)).map(([field, { good }]) => [field, good])),
  ...changed
})

const problemOf = (line: unknown): FieldProblem =>
  Either.match(decodeEventLine(line), {
    onLeft: (problem) => problem,
    onRight: () => assert.fail(`accepted ${JSON.stringify(line).slice(0, 500)}`)
  })

const refuses = (line: unknown, field: string, expected: string, actual: unknown, hint?: string) => {
  const problem = problemOf(line)
  assert.deepStrictEqual(problem, { field, expected, actual, hint })
  const shown = showProblem(problem)
  assert.isAtMost(shown.length, 500)
  assert.notInclude(shown, "\n")
  assert.isTrue(shown.startsWith(`${field}: expected ${expected}, got `))
}

const decoded = (line: unknown) =>
  Either.getOrThrowWith(decodeEventLine(line), (problem) => new Error(showProblem(problem)))

describe("a line of an events file", () => {
  it.each(eventKinds)("of type %s is refused by the name of any field that is wrong or missing", (kind) => {
    for (const [field, { bad, expected }] of Object.entries({ ...requiredOf(kind), ...optionalOf(kind) })) {
      for (const value of bad) refuses(lineOf(kind, { [field]: value }), field, expected, value)
    }
    for (const [field, { expected }] of Object.entries(requiredOf(kind))) {
      refuses(lineOf(kind, { [field]: null }), field, expected, null)
      const { [field]: _left, ...without } = lineOf(kind)
      refuses(without, field, "to be present", undefined)
    }
  })

  it.each(eventKinds)("of type %s may lack what is optional, or hold null there", (kind) => {
    const optional = optionalOf(kind)
    const good = Object.fromEntries(Object.entries(optional).map(([field, type]) => [field, type.good]))
    const nothing = Object.fromEntries(Object.keys(optional).map((field) => [field, null]))
    assert.strictEqual(decoded(lineOf(kind, good)).event.body.kind, kind)
    assert.deepStrictEqual(decoded(lineOf(kind, nothing)), decoded(lineOf(kind)))
  })

  it.each(eventKinds)("of type %s is refused with a field that it does not have, however it is called", (kind) => {
    const known = [
      "type",
      ...Object.keys(commonFields),
      ...Object.keys(optionalOf(kind)),
      ...Object.keys(requiredOf(kind))
    ]
    for (const field of ["outcome_yes", "closed", "constructor", "toString", "hasOwnProperty", "score", ""]) {
      const problem = problemOf(lineOf(kind, { [field]: 1 }))
      assert.strictEqual(problem.field, field)
      assert.isTrue(problem.expected.startsWith(`one of the fields of a ${kind} event (type, market, available_at, `))
      const names = /\((.*)\)$/u.exec(problem.expected)?.[1]?.split(", ") ?? []
      assert.sameMembers(names, [...new Set(known)])
      assert.strictEqual(problem.actual, field)
    }
    const poisoned = parsed(`${JSON.stringify(lineOf(kind)).slice(0, -1)}, "__proto__": {"market": "other"}}`)
    assert.strictEqual(problemOf(poisoned).field, "__proto__")
  })

  it("names the field that was probably meant", () => {
    assert.strictEqual(problemOf(lineOf("quote", { best_bidd: 1 })).hint, "did you mean best_bid?")
    assert.strictEqual(problemOf(lineOf("market", { endDate: 1 })).hint, "did you mean end_date?")
    assert.strictEqual(problemOf(lineOf("quote", { closed_at: 1 })).hint, undefined)
    assert.strictEqual(problemOf(lineOf("quote", { ["best_bid".repeat(2_000)]: 1 })).hint, undefined)
    assert.isAtMost(problemOf(lineOf("quote", { ["x".repeat(10_000)]: 1 })).field.length, 81)
    assert.strictEqual(
      showProblem(problemOf(lineOf("gap", { scop: "market" }))),
      "scop: expected one of the fields of a gap event (type, market, available_at, event_time, source, scope, reason), " +
        "got \"scop\" (did you mean scope?)"
    )
  })

  it("has one of the known types", () => {
    const expected = `one of ${eventKinds.join(", ")}`
    for (
      const type of [undefined, null, 1, {}, ["quote"], "", "constructor", "__proto__", "Quote ", "resolutions_of"]
    ) {
      assert.deepStrictEqual(problemOf({ ...lineOf("quote"), type }).field, "type")
      assert.deepStrictEqual(problemOf({ ...lineOf("quote"), type }).expected, expected)
    }
    const { type: _type, ...untyped } = lineOf("quote")
    assert.deepStrictEqual(problemOf(untyped).actual, undefined)
    assert.deepStrictEqual(problemOf(parsed("{\"__proto__\": {\"type\": \"quote\"}}")).field, "type")
    assert.strictEqual(problemOf({ ...lineOf("quote"), type: "qoute" }).hint, "did you mean quote?")
  })

  it("is an object", () => {
    for (const line of [null, undefined, 1, "quote", true, [], [lineOf("quote")], NaN]) {
      refuses(line, "(line)", "a JSON object", line)
    }
  })

  it("is refused by the place of what is wrong inside a list", () => {
    const book = (bids: unknown) => lineOf("book", { bids })
    for (const value of price.bad) {
      refuses(book([bid, bid, [value, 1]]), "bids[2][0]", price.expected, value)
      refuses(lineOf("price_change", { changes: [["ask", value, 1]] }), "changes[0][1]", price.expected, value)
    }
    for (const value of size.bad) {
      refuses(book([bid, [0.5, value]]), "bids[1][1]", size.expected, value)
      refuses(lineOf("price_change", { changes: [["ask", 1, value]] }), "changes[0][2]", size.expected, value)
    }
    for (const value of [null, 1, "0.4", true, {}, { 0: 0.4, 1: 1 }]) {
      refuses(book([bid, value]), "bids[1]", "[price, size]", value)
      const expected = "[\"bid\" or \"ask\", price, new size]"
      refuses(lineOf("price_change", { changes: [value] }), "changes[0]", expected, value)
    }
    refuses(book([[0.5]]), "bids[0][1]", "to be present", undefined)
    refuses(book([[0.5, 1, 2]]), "bids[0][2]", "nothing", 2)
    refuses(book(nested(64)), "bids[0][1]", "to be present", undefined)
    refuses(book([[nested(62), 1]]), "bids[0][0]", price.expected, nested(62))
    for (const value of ["BID", "buy", 0, null, ["bid"]]) {
      refuses(lineOf("price_change", { changes: [[value, 1, 1]] }), "changes[0][0]", "\"bid\" or \"ask\"", value)
    }
    refuses(lineOf("market", { tags: ["a", 1] }), "tags[1]", "text of at most 256 characters", 1)
    refuses(
      lineOf("market", { tags: ["a", "x".repeat(257)] }),
      "tags[1]",
      "text of at most 256 characters",
      "x".repeat(257)
    )
  })

  it("is refused where a list is longer than any venue's", () => {
    const pairs = Array.from({ length: 20_001 }, () => bid)
    refuses(lineOf("book", { asks: pairs }), "asks", "a list of at most 20000 [price, size] pairs", pairs)
    const texts = Array.from({ length: 257 }, () => "a")
    refuses(lineOf("market", { tags: texts }), "tags", "a list of at most 256 texts", texts)
    assert.strictEqual(decoded(lineOf("book", { asks: pairs.slice(1) })).event.body.kind, "book")
  })

  it("gives prices and sizes in millionths, however they are written", () => {
    const written = [".48", "0.48", "+0.480", 0.48, "0.48000049", "0.4799996"]
    for (const best_bid of written) {
      const { body } = decoded(lineOf("quote", { best_bid })).event
      assert.deepStrictEqual(body, { kind: "quote", bestBid: 480_000, bestAsk: undefined, volume24h: undefined })
    }
    const { body } = decoded(lineOf("trade", { price: 1, size: "1304.720000", side: "buy" })).event
    assert.deepStrictEqual(body, { kind: "trade", price: 1_000_000, size: 1_304_720_000, side: "buy" })
  })

  it("knows no negative zero", () => {
    const zero = (value: unknown) => assert.isTrue(Object.is(value, 0))
    for (const written of [-0, "-0", "-0.0", "-.0"]) {
      const quote = decoded(lineOf("quote", { best_bid: written, volume_24h: written })).event.body
      if (quote.kind === "quote") zero(quote.bestBid)
      if (quote.kind === "quote") zero(quote.volume24h)
      const resolution = decoded(lineOf("resolution", { outcome: written })).event.body
      if (resolution.kind === "resolution") zero(resolution.outcome)
      const book = decoded(lineOf("book", { bids: [[written, written]] })).event.body
      if (book.kind === "book") book.bids.flat().forEach(zero)
    }
  })

  it("reads offset times to the millisecond", () => {
    const times = [
      "2026-03-29T12:00:00Z",
      "2026-03-29T14:00:00+02:00",
      "2026-03-29 07:00-0500",
      "2026-03-29T12:00:00,0009z",
      now
    ]
    for (const time of times) {
      const { availableAt, event } = decoded(lineOf("quote", { available_at: time, event_time: time }))
      assert.deepStrictEqual([availableAt, event.eventTime], [now, now])
    }
    assert.strictEqual(decoded(lineOf("quote", { event_time: null })).event.eventTime, undefined)
  })

  it("keeps every field under its name", () => {
    const line = {
      type: "market",
      market: "m",
      available_at: now,
      event_time: now - 1,
      source: "gamma",
      question: "Q?",
      category: "c",
      tags: ["t"],
      start_date: now - 3,
      end_date: now + 2,
      resolution_date: now + 3,
      liquidity: "1.5",
      volume_24h: 2.5,
      tick_size: "0.01"
    }
    assert.deepStrictEqual<unknown>(decoded(line), {
      availableAt: now,
      event: {
        market: "m",
        source: "gamma",
        eventTime: now - 1,
        body: {
          kind: "market",
          snapshot: {
            question: "Q?",
            category: "c",
            tags: ["t"],
            startDate: now - 3,
            endDate: now + 2,
            resolutionDate: now + 3,
            liquidity: 1.5,
            volume24h: 2.5,
            tickSize: 10_000
          }
        }
      }
    })
    const news = {
      type: "news",
      market: "m",
      available_at: now,
      id: "i",
      source: "s",
      text: "t",
      published_at: now - 5,
      url: "u"
    }
    assert.deepStrictEqual<unknown>(decoded(news).event, {
      market: "m",
      source: "s",
      eventTime: undefined,
      body: { kind: "news", document: { id: "i", text: "t", publishedAt: now - 5, url: "u" } }
    })
    const gap = { type: "gap_end", market: "m", available_at: now, source: "s", scope: "source", reason: "r" }
    assert.deepStrictEqual(decoded(gap).event.body, {
      kind: "gap_end",
      interruption: { scope: "source", reason: "r" }
    })
    assert.deepStrictEqual(
      decoded(lineOf("price_change", { changes: [["ask", "0.4", 2], ["bid", 0.3, 0]] })).event.body,
      {
        kind: "price_change",
        changes: [["ask", 400_000, 2_000_000], ["bid", 300_000, 0]]
      }
    )
  })
})
