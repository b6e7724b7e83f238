import { assert, describe, it } from "@effect/vitest"
import { Chunk, Effect, Stream } from "effect"
import { FeatureRepository } from "../../src/store/FeatureRepository.js"
import { FeatureStore } from "../../src/store/FeatureStore.js"
import { app, asked, seed, serving } from "./serving.js"

describe("a client that makes up names of markets", () => {
  it.scopedLive("is answered, and leaves neither rows in the served log nor series in the metrics", () =>
    Effect.gen(function*() {
      yield* seed
      const port = yield* serving()
      const repository = yield* FeatureRepository
      const store = yield* FeatureStore
      const ask = (names: ReadonlyArray<string>) =>
        Effect.gen(function*() {
          const online = { entities: { market: names }, features: ["orderbook"] }
          const answers = [
            yield* asked(port, "/features", { body: JSON.stringify({ markets: names }) }),
            yield* asked(port, "/get-online-features", { body: JSON.stringify(online) }),
            yield* asked(port, `/features/${encodeURIComponent(names[0] ?? "")}`)
          ]
          for (const { status } of answers) assert.strictEqual(status, 200)
          assert.include(answers[0]?.text, "\"status\":\"MISSING\",\"reason\":\"no_market\"")
        })
      const series = Effect.map(
        asked(port, "/metrics"),
        ({ text }) => text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length
      )
      const served = Effect.zipRight(
        store.flush,
        Effect.map(Stream.runCollect(repository.served), Chunk.toReadonlyArray)
      )
      // so that every route and status has its series
      yield* ask(["m1", "nobody"])
      yield* series
      const before = yield* series
      assert.deepStrictEqual(new Set((yield* served).map(({ market }) => String(market))), new Set(["m1"]))
      const rows = (yield* served).length
      for (let round = 0; round < 10; round++) {
        yield* ask(Array.from({ length: 100 }, (_, i) => `made up ${round}-${i} \u{1f600}`))
      }
      assert.strictEqual((yield* served).length, rows)
      assert.strictEqual(yield* series, before)
    }).pipe(Effect.provide(app)))
})
