import { FastCheck as fc } from "effect"
import { assert, describe, it } from "vitest"
import { NewsWindow, wordsOf } from "../../src/state/NewsWindow.js"

const windowOf = (times: ReadonlyArray<number>): NewsWindow => {
  const news = new NewsWindow()
  for (const availableAt of times) news.push({ availableAt, source: "s", score: 0, words: [] })
  return news
}

const seen = (news: NewsWindow, after: number) =>
  Array.from(
    { length: news.length - news.firstAfter(after) },
    (_, i) => news.at(news.firstAfter(after) + i)?.availableAt
  )

const times = fc.array(fc.nat(50), { maxLength: 60, size: "max" }).map((all) => [...all].sort((a, b) => a - b))

describe("the news window", () => {
  it("is open at its old end", () => {
    const news = windowOf([10, 20, 20, 30])
    assert.deepStrictEqual(seen(news, 9), [10, 20, 20, 30])
    assert.deepStrictEqual(seen(news, 10), [20, 20, 30])
    assert.deepStrictEqual(seen(news, 20), [30])
    assert.deepStrictEqual(seen(news, 30), [])
    assert.deepStrictEqual(seen(new NewsWindow(), 0), [])
  })

  it("shows the same documents after those behind a horizon were forgotten", () => {
    fc.assert(fc.property(times, fc.integer({ min: -1, max: 51 }), fc.nat(20), (all, horizon, after) => {
      const news = windowOf(all)
      news.trim(horizon)
      assert.deepStrictEqual(seen(news, horizon + after), all.filter((at) => at > horizon + after))
      news.push({ availableAt: 60, source: "s", score: 0, words: [] })
      assert.deepStrictEqual(seen(news, horizon), [...all, 60].filter((at) => at > horizon))
    }))
  })

  it("makes room once half of the documents and at least 1,024 are forgotten", () => {
    const trimmedTo = (documents: number, horizon: number) => {
      const news = windowOf(Array.from({ length: documents }, (_, at) => at))
      news.trim(horizon)
      return [news.start, news.length]
    }
    assert.deepStrictEqual(trimmedTo(1_500, 1_022), [1_023, 1_500])
    assert.deepStrictEqual(trimmedTo(1_500, 1_023), [0, 476])
    assert.deepStrictEqual(trimmedTo(2_048, 1_023), [0, 1_024])
    assert.deepStrictEqual(trimmedTo(2_049, 1_023), [1_024, 2_049])
  })

  it("lets go of what it forgot, however long it runs", () => {
    const news = new NewsWindow()
    for (let at = 0; at < 10_000; at++) {
      news.push({ availableAt: at, source: "s", score: 0, words: [] })
      news.trim(at - 100)
      assert.isAtMost(news.length, 2_048)
      if (at > 200) assert.strictEqual(seen(news, at - 100).length, 100)
    }
  })
})

describe("words", () => {
  it("are whole, in lower case, and one in all their Unicode spellings", () => {
    assert.deepStrictEqual(wordsOf("Ｂｉｔｃｏｉｎ's CAFE\u0301, łódź–150k!"), ["bitcoin", "s", "café", "łódź", "150k"])
    assert.deepStrictEqual(wordsOf(" … "), [])
    assert.deepStrictEqual(wordsOf("constructor __proto__"), ["constructor", "proto"])
  })
})
