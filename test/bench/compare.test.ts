import { assert, describe, it } from "@effect/vitest"
import { Effect, Either } from "effect"
import { differenceOf } from "./columns.js"
import { compare, mostRounds, ready, type Work } from "./compare.js"

/** A work of two whose figures are given, told of every run. */
const workOf = (figures: Readonly<Record<string, number>>, log: Array<string> = []): Work<number, never> => ({
  name: "sums",
  data: "some",
  rounds: 2,
  competitors: Object.entries(figures).map(([name, value], index) => ({
    name,
    role: index === 0 ? "ours" : "peer",
    prepare: Effect.sync(() => log.push(`before ${name}`)),
    run: ready(Effect.sync(() => {
      log.push(name)
      return value
    }))
  })),
  difference: () => undefined,
  figure: { unit: "bytes", of: (value) => value },
  goals: [{ against: "other", atMost: 0.5 }]
})

describe("a comparison", () => {
  it.effect("lets all have their turn in every round, after one that does not count", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      yield* compare(workOf({ own: 1, other: 4 }, log))
      const round = ["before own", "own", "before other", "other"]
      assert.deepStrictEqual(log, [...round, ...round, ...round])
      log.length = 0
      yield* Effect.locally(compare(workOf({ own: 1, other: 4 }, log)), mostRounds, 1)
      assert.deepStrictEqual(log, [...round, ...round])
    }))

  it.effect("says what part of another's figure this project's is, and whether that meets the goal", () =>
    Effect.gen(function*() {
      const ratioOf = (own: number) =>
        Effect.map(
          compare(workOf({ own, other: 4 })),
          ({ standings }) => standings.map(({ goal, met, ratio }) => [ratio?.median ?? null, goal, met])
        )
      assert.deepStrictEqual(yield* ratioOf(2), [[null, null, null], [0.5, 0.5, true]])
      assert.deepStrictEqual(yield* ratioOf(3), [[null, null, null], [0.75, 0.5, false]])
    }))

  it.effect("fails where results differ, whatever was measured", () =>
    Effect.gen(function*() {
      const work: Work<number, never> = {
        ...workOf({ own: 1, same: 1, other: 4 }),
        difference: (ours, theirs) => ours === theirs ? undefined : `${ours} and ${theirs}`
      }
      const failed = yield* Effect.either(compare(work))
      assert.strictEqual(
        Either.isLeft(failed) ? failed.left.message : "",
        "sums: the result of other differs: 1 and 4"
      )
    }))

  it("finds the first place in which columns differ, bit for bit or within a tolerance", () => {
    const of = (...values: ReadonlyArray<number>) => [Float64Array.from(values)]
    assert.isUndefined(differenceOf(["p"])(of(0.1, NaN), of(0.1, NaN)))
    assert.strictEqual(
      differenceOf(["p"])(of(1, 0.25), of(1, 0.5)),
      "p in row 1 is 0.25 here, 0.5 there"
    )
    assert.isUndefined(differenceOf(["p"], 1e-9)(of(0.1, 1e9), of(0.1 + 1e-12, 1e9 + 0.1)))
    assert.strictEqual(differenceOf(["p"], 1e-9)(of(0.1), of(NaN)), "p in row 0 is 0.1 here, NaN there")
    assert.strictEqual(differenceOf(["p"])(of(1), of(1, 2)), "p has 1 rows here, 2 there")
    assert.strictEqual(differenceOf(["p"])(of(0), of(-0)), "p in row 0 is 0 here, 0 there")
  })
})
