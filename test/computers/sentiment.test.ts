import { assert, describe, it } from "vitest"
import { keywordsOf, mentions, phrasesOf } from "../../src/computers/keywords.js"
import { wordsOf } from "../../src/state/NewsWindow.js"
import { ask, on } from "../support/ask.js"
import { opening } from "../support/histories.js"
import { defaultParameters } from "../support/naive/index.js"

const hours = (count: number) => opening + count * 3_600_000

const news = (at: number, id: string, source: string, score: number, text = "") =>
  on(at, { type: "news", id, source, score, text })

const asking = (changed: Partial<typeof defaultParameters.sentiment>) => ({
  sentiment: { ...defaultParameters.sentiment, ...changed }
})

describe("the features of sentiment", () => {
  it("halve a document's weight with every half-life, in a window that is open at its start", () => {
    const lines = [news(opening, "1", "a", 0.8), news(hours(2), "2", "a", -0.5)]
    // (0.8 * 0.5 - 0.5) / 1.5
    assert.strictEqual(ask(lines, "sentiment.sentiment_score", hours(2)), -0.0666666666667)
    assert.strictEqual(ask(lines, "sentiment.sentiment_score", hours(6) - 1), -0.0666666666667)
    assert.strictEqual(ask(lines, "sentiment.sentiment_score", hours(6)), -0.5)
    assert.strictEqual(ask(lines, "sentiment.sentiment_score", hours(8)), "no_data")
    assert.strictEqual(ask(lines, "sentiment.keyword_count", hours(8)), 0)
  })

  it("have a score even where every weight would vanish", () => {
    const lines = [news(opening, "1", "a", 0.8), news(opening + 1, "2", "a", 0.2)]
    const month = asking({ window_secs: 31 * 86_400, half_life_secs: 1 })
    assert.approximately(Number(ask(lines, "sentiment.sentiment_score", hours(700), month)), 0.5, 1e-3)
  })

  it("count sources by their share", () => {
    const lines = ["a", "b", "a", "a"].map((source, n) => news(opening, String(n), source, 0))
    // exp(0.75 ln(4/3) + 0.25 ln 4) = 4 / 3^0.75
    assert.approximately(Number(ask(lines, "sentiment.source_diversity", opening)), 4 / 3 ** 0.75, 1e-11)
    assert.strictEqual(ask(lines.slice(0, 1), "sentiment.source_diversity", opening), 1)
  })

  it("follow the newest question, also when it comes after the news", () => {
    const lines = [
      on(opening, { type: "market", question: "Will Bitcoin fall?" }),
      news(opening, "1", "a", 0, "bitcoin rates"),
      on(hours(1), { type: "market", question: "Will the Fed cut rates?" }),
      on(hours(2), { type: "market", question: "Who?" })
    ]
    const count = (at: number) => ask(lines, "sentiment.keyword_count", at)
    assert.deepStrictEqual([opening, hours(1), hours(2)].map(count), [1, 1, 0])
    const configured = asking({ keywords: ["the fed"] })
    assert.strictEqual(ask(lines, "sentiment.keyword_count", hours(1), configured), 0)
  })
})

describe("keywords", () => {
  it("are a question's words of four letters or more, once each, stop words out", () => {
    assert.deepStrictEqual(keywordsOf("Will the Ｆｅｄ cut RATES, rates or tariffs before Łódź decides?"), [
      ["rates"],
      ["tariffs"],
      ["łódź"],
      ["decides"]
    ])
    assert.deepStrictEqual(keywordsOf("Does it matter whether it will?"), [["matter"]])
    assert.deepStrictEqual(keywordsOf(""), [])
    // letters, not the units they are stored in
    assert.deepStrictEqual(keywordsOf("𝒜𝓈 𐐨𐐨𐐨 𐐨𐐨𐐨𐐨"), [["𐐨𐐨𐐨𐐨"]])
  })

  it("are met as whole words that follow each other", () => {
    const met = (text: string, ...keywords: ReadonlyArray<string>) => mentions(wordsOf(text), phrasesOf(keywords))
    assert.isTrue(met("The FED, rates: up", "fed rates"))
    assert.isFalse(met("rates, the Fed", "fed rates"))
    assert.isFalse(met("fed", "fed rates"))
    assert.isFalse(met("bitcoins", "bitcoin"))
    assert.isTrue(met("no; cafe\u0301", "x", "CAFÉ"))
    assert.isFalse(met("!", "!", ""))
    assert.isFalse(met("", "fed"))
    assert.isFalse(met("fed"))
  })
})
