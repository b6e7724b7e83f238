import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { keywordsOf, mentions, phrasesOf } from "../../src/computers/keywords.js"
import { MarketId } from "../../src/domain/MarketId.js"
import { makeMatcher, type MatcherSettings, type NewsMarket } from "../../src/news/matcher.js"
import { wordsOf } from "../../src/state/NewsWindow.js"

const market = (id: string, question: string, slug?: string): NewsMarket => ({ id: MarketId.make(id), slug, question })
const about = (text: string, markets: ReadonlyArray<NewsMarket>, settings: Partial<MatcherSettings> = {}) =>
  makeMatcher(markets, { keywords: {}, minQuestionWords: 2, ...settings })(text).map(String)

const bitcoin = market("0x1", "Will Bitcoin close above $64,000 in March?", "bitcoin-above-64k")
const senate = market("0x2", "Will the Senate pass the budget?", "senate-budget")

describe("a document is about a market", () => {
  it("whose question's words it holds enough of, whole and whatever their case and form", () => {
    assert.deepStrictEqual(about("BITCOIN may close higher", [bitcoin, senate]), ["0x1"])
    assert.deepStrictEqual(about("the Senate on \ud835\udc01udget day", [bitcoin, senate]), ["0x2"])
    assert.deepStrictEqual(about("Bitcoin Bitcoin Bitcoin", [bitcoin]), [])
    assert.deepStrictEqual(about("Bitcoins closed", [bitcoin]), [])
    assert.deepStrictEqual(about("Bitcoin news", [bitcoin], { minQuestionWords: 1 }), ["0x1"])
  })

  it("with fewer words than are asked for where it holds them all; never where there are none", () => {
    assert.deepStrictEqual(about("a duel", [market("0x3", "Will there be a duel?")]), ["0x3"])
    assert.deepStrictEqual(about("what will be will be", [market("0x4", "Will it be?")]), [])
  })

  it("whose own keywords it holds one of: the first glob over id or slug that matches counts", () => {
    const keywords = { "bitcoin-*": ["btc", "digital gold"], "*": ["congress"] } as const
    assert.deepStrictEqual(about("Digital gold glitters", [bitcoin, senate], { keywords }), ["0x1"])
    assert.deepStrictEqual(about("Gold, digital", [bitcoin, senate], { keywords }), [])
    assert.deepStrictEqual(about("Congress and BTC", [bitcoin, senate], { keywords }), ["0x2", "0x1"])
    assert.deepStrictEqual(about("the Senate and the budget", [bitcoin, senate], { keywords }), [])
    assert.deepStrictEqual(about("vote", [senate], { keywords: { "0x2": ["vote"] } }), ["0x2"])
  })

  it("as a search of every keyword in every text would say", () => {
    const word = fc.constantFrom("alpha", "bravo", "charlie", "delta", "echo1", "the", "will", "x")
    const sentence = fc.array(word, { maxLength: 8 }).map((words) => words.join(" "))
    const given = fc.record({
      questions: fc.array(sentence, { maxLength: 5 }),
      keywords: fc.dictionary(
        fc.constantFrom("m1", "m[23]", "*"),
        fc.array(sentence.filter((s) => s !== ""), {
          minLength: 1,
          maxLength: 3
        }).map(([first = "x", ...more]): readonly [string, ...Array<string>] => [first, ...more])
      ),
      minQuestionWords: fc.integer({ min: 1, max: 4 }),
      text: fc.array(word, { maxLength: 20 }).map((words) => words.join(", "))
    })
    const isMeant = (glob: string, id: string) =>
      glob === "*" || glob === id || (glob === "m[23]" && /^m[23]$/u.test(id))
    fc.assert(fc.property(given, ({ keywords, minQuestionWords, questions, text }) => {
      const words = wordsOf(text)
      const expected = questions.flatMap((question, i) => {
        const own = Object.entries(keywords).find(([glob]) => isMeant(glob, `m${i}`))?.[1]
        const phrases = own === undefined ? keywordsOf(question) : phrasesOf(own)
        const found = new Set(phrases.filter((phrase) => mentions(words, [phrase])).map((phrase) => phrase.join(" ")))
        const least = own === undefined ? Math.min(minQuestionWords, phrases.length) : 1
        return phrases.length > 0 && found.size >= least ? [`m${i}`] : []
      })
      const markets = questions.map((question, i) => market(`m${i}`, question))
      assert.deepStrictEqual(about(text, markets, { keywords, minQuestionWords }).sort(), expected)
    }))
  })
})
