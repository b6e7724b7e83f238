import { Either, FastCheck as fc } from "effect"
import { assert, describe, it } from "vitest"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import { FeatureVector, type GroupAnswer, type ScalarValue } from "../../src/features/FeatureVector.js"
import type { Group } from "../../src/features/Group.js"
import { reasons } from "../../src/features/Reason.js"
import { onlineRenderer, referenceOf } from "../../src/server/renderOnline.js"
import { vectorRenderer } from "../../src/server/renderVector.js"
import { ServedTally } from "../../src/server/ServedTally.js"
import { registry } from "./serving.js"

const asOf = Date.UTC(2026, 6, 13, 12)

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.constantFrom("\"", "\\", "\u2028", "\n", "</script>")
)
const scalar = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  fc.constantFrom(0, 1e21, 1e-7, 5e-324, 1.7976931348623157e308, 0.1 + 0.2, 123456789012345680000)
)
const valueFor = (group: Group<unknown>): fc.Arbitrary<ScalarValue> =>
  group.kind === "computed" ? scalar : fc.oneof(scalar, fc.boolean(), text)

const instant = fc.oneof(
  fc.constantFrom(asOf, asOf - 1, asOf - 3_600_000, asOf - 3_600_001, NaN),
  fc.integer({ min: asOf - 10_000_000, max: asOf })
)

/** Any answer a group may give, whatever it means. */
const answerFor = (group: Group<unknown>): fc.Arbitrary<GroupAnswer> => {
  const width = group.features.length
  const each = <A>(value: fc.Arbitrary<A>) => fc.array(value, { minLength: width, maxLength: width })
  return fc.record({
    computedAt: fc.integer({ min: asOf - 60_000, max: asOf }).map(Instant),
    values: each(valueFor(group)),
    reasons: each(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: reasons.length }))).map((codes) =>
      Uint8Array.from(codes)
    ),
    bornAt: each(instant).map((instants) => Float64Array.from(instants)),
    neededAt: each(instant).map((instants) => Float64Array.from(instants))
  })
}

const references = ["market", "orderbook@1.0+deep", "orderbook.microprice", "temporal.hour_of_day", "forecast"]
const columns = Either.getOrThrow(registry.resolve(references))
const groups = [...new Map(columns.map(({ group }) => [group.id, group])).values()]

const vector = fc.record({
  market: fc.oneof(text, fc.constant("m1")).map((id) => MarketId.make(id, { disableValidation: true })),
  sequence: fc.nat(),
  answers: fc.tuple(...groups.map(answerFor))
}).map(({ answers, market, sequence }) =>
  new FeatureVector<unknown>(
    market,
    Instant(asOf),
    sequence,
    columns,
    new Map(groups.flatMap((group, i) => answers[i] === undefined ? [] : [[group.id, answers[i]] as const]))
  )
)

/** The same answers as they are served some time later: values of the external group, which has a max age, go stale. */
const later = ({ answers, asOf: before, columns: own, market, sequence }: FeatureVector<unknown>, millis: number) =>
  new FeatureVector<unknown>(market, Instant(before + millis), sequence, own, answers)

const feastStatus: Readonly<Record<string, string>> = {
  PRESENT: "PRESENT",
  STALE: "OUTSIDE_MAX_AGE",
  NULL: "NULL_VALUE",
  MISSING: "NOT_FOUND"
}

/** Feast's shape, made from what a vector says of itself. */
const naiveOnline = (vectors: ReadonlyArray<FeatureVector<unknown>>) => {
  const nameOf = (key: string) => key.replace(/\.([a-z_]+)$/, "__$1")
  const keys = columns.map(({ key }) => key)
  const time = (millis: number) => new Date(millis).toISOString().replace(/\.000Z$/, "Z")
  return {
    metadata: { feature_names: ["market", ...keys.map(nameOf)] },
    results: [
      {
        values: vectors.map(({ market }) => market),
        statuses: vectors.map(() => "PRESENT"),
        event_timestamps: vectors.map(() => time(0))
      },
      ...keys.map((key) => {
        const values = vectors.map((one) => one.get(key))
        return {
          values: values.map((value) => value?.value ?? null),
          statuses: values.map((value) => feastStatus[value?.status ?? ""]),
          event_timestamps: values.map((value, i) =>
            time(typeof value?.age_ms === "number" ? (vectors[i]?.asOf ?? NaN) - value.age_ms : 0)
          )
        }
      })
    ]
  }
}

describe("a vector as text", () => {
  it("is what JSON.stringify makes of it, character by character", () => {
    const render = vectorRenderer(new ServedTally())
    fc.assert(fc.property(vector, (one) => assert.strictEqual(render(one), JSON.stringify(one))), { numRuns: 1_000 })
  })

  it("is the same text where its answers have been written before, but for ages and statuses", () => {
    const render = vectorRenderer(new ServedTally())
    fc.assert(
      fc.property(vector, fc.constantFrom(0, 1, 3_600_000, 7_200_000), (one, millis) => {
        for (const each of [one, later(one, millis), one]) assert.strictEqual(render(each), JSON.stringify(each))
      }),
      { numRuns: 200 }
    )
  })

  it("is counted by feature, version and status, with the age of what was served last", () => {
    fc.assert(
      fc.property(fc.array(vector, { minLength: 1, maxLength: 4 }), (vectors) => {
        const served = new ServedTally()
        const render = vectorRenderer(served)
        for (const one of vectors) render(one)
        for (const tally of served.all()) {
          const own = vectors.flatMap((one) =>
            columns.flatMap(({ feature, group, key }) =>
              `${group.name}.${feature.name}` === tally.feature && group.version === tally.version
                ? [one.get(key)]
                : []
            )
          )
          for (const status of ["PRESENT", "STALE", "NULL", "MISSING"] as const) {
            assert.strictEqual(tally[status], own.filter((value) => value?.status === status).length)
          }
          const ages = own.flatMap((value) => typeof value?.age_ms === "number" ? [value.age_ms] : [])
          assert.isTrue(Object.is(tally.ageMillis, ages.at(-1) ?? NaN))
        }
      }),
      { numRuns: 100 }
    )
  })
})

describe("vectors in Feast's shape", () => {
  it("hold by column what each vector says of its features", () => {
    const render = onlineRenderer(new ServedTally())
    fc.assert(
      fc.property(fc.array(vector, { minLength: 1, maxLength: 4 }), (vectors) => {
        const text = Either.getOrThrow(render(vectors, true))
        assert.deepStrictEqual(JSON.parse(text), JSON.parse(JSON.stringify(naiveOnline(vectors))))
      }),
      { numRuns: 500 }
    )
  })

  it("hold the same where their answers have been written before, but for statuses", () => {
    const render = onlineRenderer(new ServedTally())
    fc.assert(
      fc.property(vector, vector, fc.constantFrom(0, 1, 3_600_000, 7_200_000), (one, other, millis) => {
        for (const vectors of [[one], [later(one, millis)], [one, later(other, millis)], [one]]) {
          const text = Either.getOrThrow(render(vectors, true))
          assert.deepStrictEqual(JSON.parse(text), JSON.parse(JSON.stringify(naiveOnline(vectors))))
        }
      }),
      { numRuns: 100 }
    )
  })

  it("refuse short names that are not one each", () => {
    const [one] = fc.sample(vector, 1)
    assert.isDefined(one)
    const refused = onlineRenderer(new ServedTally())([one], false)
    assert.isTrue(Either.isLeft(refused))
    assert.include(Either.isLeft(refused) ? refused.left.detail : "", "microprice: ask with \"full_feature_names\"")
  })

  it("take Feast's references and ours", () => {
    assert.strictEqual(referenceOf("orderbook:microprice"), "orderbook.microprice")
    assert.strictEqual(referenceOf("orderbook@1.0+deep:microprice"), "orderbook@1.0+deep.microprice")
    assert.strictEqual(referenceOf("orderbook.microprice"), "orderbook.microprice")
  })
})
