import { assert, describe, it } from "@effect/vitest"
import { Effect, TestClock } from "effect"
import { rss } from "./feeds.js"
import { newsMarket, newsSettings, pass, withLog } from "./following.js"

const bitcoin = newsMarket("m1", "Will Bitcoin close above the line?")
const senate = newsMarket("m2", "Will the Senate pass the budget?")
const both = () => [bitcoin, senate]

const wire = { url: "http://news/feed", interval_secs: 60 }
const settings = (more: object = {}) => newsSettings({ feeds: { wire }, ...more })

const answers = (...bodies: ReadonlyArray<string | number>) => (_: unknown, nth: number) => {
  const answer = bodies[nth] ?? bodies.at(-1) ?? 500
  return Effect.succeed(typeof answer === "number" ? { status: answer } : { body: answer })
}

describe("a news feed", () => {
  it.effect("is polled at its interval, and each document handed over once for each market that it is about", () =>
    withLog(({ start }) =>
      Effect.gen(function*() {
        const first = rss(["1", "Bitcoin close to a high"], ["2", "Senate talks budget; Bitcoin traders close in"])
        const later = rss(["3", "Senate budget again"], ["1", "Bitcoin close to a high"], ["4", "Weather"])
        const run = yield* start(settings(), both, answers(first, first, later))
        yield* pass(1)
        assert.deepStrictEqual(yield* run.told, [
          "gap wire m1",
          "gap wire m2",
          "gap_end wire m1",
          "gap_end wire m2",
          "news wire m1 1",
          "news wire m2 2",
          "news wire m1 2"
        ])
        yield* pass(60)
        assert.deepStrictEqual(yield* run.told, [])
        yield* pass(60)
        assert.deepStrictEqual(yield* run.told, ["news wire m2 3"])
        assert.deepStrictEqual(run.asked.map(({ at }) => Math.round(at / 1000)), [0, 60, 120])
      })
    ))

  it.effect("gives its documents to a market that is followed later, too", () =>
    withLog(({ start }) =>
      Effect.gen(function*() {
        let markets = [bitcoin]
        const run = yield* start(settings(), () => markets, answers(rss(["1", "Senate budget, Bitcoin close"])))
        yield* pass(1)
        assert.deepStrictEqual((yield* run.told).slice(2), ["news wire m1 1"])
        markets = [bitcoin, senate]
        yield* pass(60)
        assert.deepStrictEqual(yield* run.told, ["news wire m2 1"])
      })
    ))

  it.effect("brings nothing that is old by its own date", () =>
    withLog(({ start }) =>
      Effect.gen(function*() {
        yield* TestClock.setTime(Date.UTC(2026, 10, 22, 20, 0, 0))
        const dated = (id: string, time: string) =>
          [id, "Bitcoin close", `<pubDate>Sun, 22 Nov 2026 ${time} GMT</pubDate>`] as const
        const feed = rss(dated("1", "19:58:59"), dated("2", "19:59:30"), dated("3", "23:00:00"), ["4", "Bitcoin close"])
        const run = yield* start(settings({ max_age_secs: 60 }), both, answers(feed))
        yield* pass(1)
        assert.deepStrictEqual((yield* run.told).slice(4), ["news wire m1 2", "news wire m1 3", "news wire m1 4"])
      })
    ))

  it.effect("waits where the log takes nothing, and loses nothing", () =>
    withLog(({ start }) =>
      Effect.gen(function*() {
        let isFull = true
        const run = yield* start(settings(), both, answers(rss(["1", "Bitcoin close"])), () => isFull).pipe(Effect.fork)
        yield* pass(5)
        isFull = false
        yield* pass(5)
        const { told } = yield* run
        assert.deepStrictEqual((yield* told).filter((one) => one.startsWith("news")), ["news wire m1 1"])
      })
    ))
})

describe("a news source that is down", () => {
  const feed = rss(["1", "Bitcoin close"])

  it.effect("is so after several polls in a row have failed, sooner than its interval, until one succeeds", () =>
    withLog(({ start }) =>
      Effect.gen(function*() {
        const run = yield* start(settings(), both, answers(feed, 500, 500, feed, 500, 500, 500, 500, feed))
        yield* pass(100)
        // two failures in a row are none
        assert.deepStrictEqual((yield* run.told).slice(4), ["news wire m1 1"])
        assert.deepStrictEqual(run.asked.map(({ at }) => Math.round(at / 1000)), [0, 60, 70, 90])
        yield* pass(89)
        assert.deepStrictEqual(yield* run.told, ["gap wire m1", "gap wire m2"])
        yield* pass(30)
        assert.deepStrictEqual(yield* run.told, [])
        yield* pass(80)
        assert.deepStrictEqual(yield* run.told, ["gap_end wire m1", "gap_end wire m2"])
        assert.deepStrictEqual(run.asked.map(({ at }) => Math.round(at / 1000)).slice(4), [150, 160, 180, 220, 280])
      })
    ))

  it.effect("is down for a market that is followed meanwhile, and up for it again like for all others", () =>
    withLog(({ start }) =>
      Effect.gen(function*() {
        let markets = [bitcoin]
        const run = yield* start(settings({ outage_after: 1 }), () => markets, answers(500, 500, feed))
        yield* pass(1)
        assert.deepStrictEqual(yield* run.told, ["gap wire m1"])
        markets = [bitcoin, senate]
        yield* pass(10)
        assert.deepStrictEqual(yield* run.told, ["gap wire m2"])
        yield* pass(20)
        assert.deepStrictEqual(yield* run.told, ["gap_end wire m1", "gap_end wire m2", "news wire m1 1"])
      })
    ))

  it.effect("is not asked sooner than it wants to be", () =>
    withLog(({ start }) =>
      Effect.gen(function*() {
        const run = yield* start(
          settings(),
          both,
          (_, nth) => Effect.succeed(nth === 0 ? { status: 503, headers: { "retry-after": "100" } } : { body: feed })
        )
        yield* pass(101)
        assert.deepStrictEqual(run.asked.map(({ at }) => Math.round(at / 1000)), [0, 100])
      })
    ))

  it.effect("is so from the end of a run on, until the next one has polled it", () =>
    withLog(({ start }) =>
      Effect.gen(function*() {
        const first = yield* start(settings(), both, answers(feed))
        yield* pass(1)
        assert.lengthOf(yield* first.told, 5)
        yield* first.stop
        assert.deepStrictEqual(yield* first.told, ["gap wire m1", "gap wire m2"])
        const second = yield* start(settings(), both, answers(500, feed))
        yield* pass(1)
        assert.deepStrictEqual(yield* second.told, [])
        yield* pass(10)
        // the log refuses what it has; the source does not know of earlier runs
        assert.deepStrictEqual(yield* second.told, ["gap_end wire m1", "gap_end wire m2", "news wire m1 1"])
      })
    ))

  it.effect("was not watched by a run that was killed: the next one says so, and ends what that one left open", () =>
    withLog(({ start }) =>
      Effect.gen(function*() {
        const healthy = yield* start(settings(), both, (_, nth) =>
          nth === 0 ? Effect.succeed({ body: feed }) : Effect.never)
        yield* pass(1)
        assert.lengthOf(yield* healthy.told, 5)
        const second = yield* start(settings({ outage_after: 1 }), both, (_, nth) =>
          nth < 2 ? Effect.succeed({ status: 500 }) : Effect.never)
        yield* pass(1)
        assert.deepStrictEqual(yield* second.told, ["gap wire m1", "gap wire m2"])
        const third = yield* start(settings(), both, answers(feed))
        yield* pass(1)
        assert.deepStrictEqual((yield* third.told).slice(0, 2), ["gap_end wire m1", "gap_end wire m2"])
      })
    ))

  it.effect("is forgotten once it is configured no more", () =>
    withLog(({ start }) =>
      Effect.gen(function*() {
        const first = yield* start(settings(), both, answers(500))
        yield* pass(1)
        yield* first.stop
        assert.deepStrictEqual(yield* first.told, ["gap wire m1", "gap wire m2"])
        const renamed = yield* start(newsSettings({ feeds: { agency: wire } }), both, answers(rss()))
        yield* pass(1)
        assert.deepStrictEqual(yield* renamed.told, [
          "gap_end wire m1",
          "gap agency m1",
          "gap_end wire m2",
          "gap agency m2",
          "gap_end agency m1",
          "gap_end agency m2"
        ])
      })
    ))
})
