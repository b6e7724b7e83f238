import { FastCheck as fc } from "effect"
import { describe, expect, it } from "vitest"
import { readFrame } from "../../../src/polymarket/channel/frame.js"
import { PriceChangeReader } from "../../../src/polymarket/channel/PriceChangeReader.js"
import { decimals, listing, noon, priceChange } from "./frames.js"

const markets = [listing(1), listing(2)] as const
const [first, second] = markets
const byToken = new Map(markets.flatMap((market) => [[market.yes, market] as const, [market.no, market] as const]))
const reader = new PriceChangeReader(byToken)

/** What the schema says of a frame: its one message, if it holds just one and nothing else. */
const bySchema = (text: string) => {
  const { messages, refused, unknown } = readFrame(text)
  return messages.length === 1 && refused.length === 0 && unknown.length === 0 ? messages[0] : undefined
}

/** Reads a frame both ways; true where the fast way has read it. */
const agree = (text: string): boolean => {
  const fast = reader.read(text)
  if (fast !== undefined) expect(fast, text).toEqual(bySchema(text))
  return fast !== undefined
}

const size = fc.oneof(fc.integer({ min: 0, max: 100_000_000_000 }).map((cents) => String(cents / 100)), decimals)
const best = fc.oneof(fc.constant(""), decimals)

const entry = fc.record({
  asset_id: fc.constantFrom<string>(first.yes, first.no, second.yes, "123", "x"),
  price: decimals,
  size,
  side: fc.constantFrom("BUY", "SELL", "buy", "HOLD"),
  hash: fc.oneof(fc.string(), fc.string({ unit: "binary" })),
  best_bid: best,
  best_ask: best,
  extra: fc.anything()
}, { requiredKeys: [] })

const message = fc.record({
  market: fc.constantFrom<string>(first.id, second.id, "m"),
  price_changes: fc.array(entry, { maxLength: 4 }),
  timestamp: fc.constantFrom<unknown>(String(noon), noon, "1", "0000000000001", "9999999999999", null),
  event_type: fc.constantFrom("price_change", "book", "other"),
  extra: fc.anything()
}, { requiredKeys: [] })

/** Entries in any order of their keys. */
const shuffled = (value: fc.Arbitrary<object>): fc.Arbitrary<object> =>
  value.chain((object) =>
    fc.shuffledSubarray(Object.entries<unknown>({ ...object }), { minLength: Object.keys(object).length }).map((
      entries
    ): object => Object.fromEntries(entries))
  )

/** Frames as the venue sends them, in any order of keys. */
const plain = fc.tuple(
  fc.integer({ min: 1, max: 999 }),
  fc.constantFrom<"BUY" | "SELL">("BUY", "SELL"),
  fc.integer({ min: 0, max: 100_000_000 }),
  fc.constantFrom("", "0.48", ".48", "0"),
  fc.constantFrom("", "0.52", "1")
).chain(([price, side, cents, bid, ask]) => {
  const frame = priceChange(first, noon, { side, price, size: String(cents / 100) }, bid, ask)
  return fc.tuple(...frame.price_changes.map((change) => shuffled(fc.constant(change)))).chain((price_changes) =>
    shuffled(fc.constant({ ...frame, price_changes }))
  )
}).map((frame) => JSON.stringify(frame))

/** A text with a piece of it changed, cut out, doubled, or put elsewhere. */
const mutated = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(
    text,
    fc.nat(),
    fc.nat({ max: 12 }),
    fc.oneof(
      fc.constantFrom(
        "",
        "\"",
        "\\",
        "\\u0030",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        " ",
        "\n",
        "0",
        ".",
        "9".repeat(20),
        "é",
        "\u0000",
        "\ud800"
      ),
      fc.constantFrom(",\"size\":\"1\"", "\"hash\":\"\",", "\"timestamp\":1,", "e5", "-", "+", "null"),
      fc.string({ unit: "binary", maxLength: 3 })
    ),
    fc.boolean()
  ).map(([whole, from, length, piece, repeats]) => {
    const at = from % (whole.length + 1)
    return whole.slice(0, at) + (repeats ? whole.slice(at, at + length).repeat(2) : piece) + whole.slice(at + length)
  })

describe("PriceChangeReader", () => {
  it("reads what the venue sends, and says what the schema says", () => {
    fc.assert(
      fc.property(plain, (text) => {
        expect(agree(text)).toBe(true)
      }),
      { numRuns: 2_000 }
    )
  })

  it("never differs from the schema where fields are missing, wrong or more than known", () => {
    fc.assert(
      fc.property(shuffled(message), (frame) => {
        agree(JSON.stringify(frame))
      }),
      { numRuns: 5_000 }
    )
  })

  it("never differs from the schema on frames that were damaged", () => {
    let read = 0
    fc.assert(
      fc.property(fc.oneof(mutated(plain), mutated(mutated(plain))), (text) => {
        if (agree(text)) read++
      }),
      { numRuns: 10_000 }
    )
    // many kinds of damage, as to a hash, leave a frame that can be read
    expect(read).toBeGreaterThan(500)
  })

  it("never reads what was cut off", () => {
    const text = JSON.stringify(priceChange(first, noon, { side: "BUY", price: 480, size: "10.5" }, "0.48", "0.5"))
    expect(agree(text)).toBe(true)
    for (let end = 0; end < text.length; end++) expect(reader.read(text.slice(0, end)), String(end)).toBeUndefined()
    expect(reader.read(`${text} `)).toBeUndefined()
    expect(reader.read(`${text}}`)).toBeUndefined()
  })

  it.each([
    ["a token that is not followed", first.yes, listing(3).yes],
    ["tokens of two markets", first.no, second.no],
    ["another market's id", first.id, second.id],
    ["an escape", "0xhash", "\\u0030xhash"],
    ["a number instead of text", "\"10.5\"", "10.5"],
    ["a price above 1", "\"0.48\"", "\"1.000001\""],
    ["seven decimals", "\"0.48\"", "\"0.4800001\""],
    ["more digits than a number has", "\"0.48\"", `"${"0".repeat(41)}.48"`],
    ["a side in small letters", "\"BUY\"", "\"buy\""],
    ["white space", ",\"timestamp\"", ", \"timestamp\""],
    ["a time in seconds", `"${noon}"`, `"${noon / 1_000}"`],
    ["a key said twice", "\"size\":\"10.5\"", "\"size\":\"10.5\",\"size\":\"11\""],
    ["a key that is not known", "\"size\"", "\"volume\""],
    ["a size that is missing", "\"size\":\"10.5\",", ""]
  ])("leaves to the schema %s", (_, before, after) => {
    const frame = priceChange(first, noon, { side: "BUY", price: 480, size: "10.5" }, "0.48", "0.5")
    const text = JSON.stringify(frame).replace(/"hash":"[^"]*"/u, "\"hash\":\"0xhash\"")
    expect(text).toContain(before)
    expect(agree(text)).toBe(true)
    expect(reader.read(text.replace(before, after))).toBeUndefined()
  })
})
