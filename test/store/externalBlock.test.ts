import { Effect, FastCheck as fc } from "effect"
import { assert, describe, it } from "vitest"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import type { ScalarValue } from "../../src/features/FeatureVector.js"
import type { ExternalGroup, FieldType } from "../../src/features/Group.js"
import { Reason } from "../../src/features/Reason.js"
import { readExternalBlock, scalarSlots } from "../../src/store/externalBlock.js"
import { type ExternalRow, FeatureRepository } from "../../src/store/FeatureRepository.js"
import { plainFeatureRepository } from "../support/plainRepository.js"

const market = MarketId.make("m")
const types = [["size", "float"], ["text", "string"], ["truth", "bool"]] as const

const group: ExternalGroup = {
  kind: "external",
  id: "whales@1",
  name: "whales",
  version: "1",
  isDefault: true,
  enabled: true,
  features: types.map(([name, type], index) => ({ name, index, type, unit: "", description: "", needs: [] })),
  ttlMillis: 1_000,
  maxAgeMillis: undefined,
  fingerprint: "sha256:test"
}

const valueOf = (type: FieldType): fc.Arbitrary<ScalarValue> =>
  type === "float" ? fc.nat(9) : type === "string" ? fc.constantFrom("much", "little") : fc.boolean()

/** About an instant, and known before, at or after it. */
const row: fc.Arbitrary<ExternalRow> = fc.constantFrom(...types).chain(([feature, type]) =>
  fc.record({
    group: fc.constant(group),
    market: fc.constantFrom(market, market, market, MarketId.make("other")),
    feature: fc.constant(feature),
    timestamp: fc.nat(4).map((at) => Instant(at)),
    availableAt: fc.nat(5).map((at) => Instant(at)),
    value: valueOf(type)
  })
)

/** What is in force of a feature at `at`: of all that was known and is about no later instant, the newest. */
const inForce = (stored: ReadonlyArray<ExternalRow>, feature: string, at: number) =>
  stored.filter((one) =>
    one.market === market && one.feature === feature && one.timestamp <= at && one.availableAt <= at
  ).sort((a, b) => a.timestamp - b.timestamp || a.availableAt - b.availableAt).at(-1)

describe("an external group as of many instants", () => {
  it("has in each row the values in force then, of what was stored up to a position", () => {
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 20, size: "max" }),
        fc.array(fc.integer({ min: -1, max: 6 }), { maxLength: 8 }),
        fc.option(fc.nat(20), { nil: undefined }),
        (stored, instants, upTo) =>
          Effect.gen(function*() {
            const repository = yield* FeatureRepository
            yield* repository.storeExternal(stored)
            const timestamp = Float64Array.from(instants)
            const rows = Uint32Array.from(instants.keys()).sort((a, b) => (instants[a] ?? 0) - (instants[b] ?? 0))
            const slots = scalarSlots(instants.length, group.features.length)
            yield* readExternalBlock(repository, group, market, rows, timestamp, slots, upTo)
            const expected = instants.flatMap((at) =>
              group.features.map(({ name }) => inForce(stored.slice(0, upTo), name, at))
            )
            assert.deepStrictEqual(slots.values, expected.map((one) => one === undefined ? NaN : one.value))
            assert.deepStrictEqual([...slots.reasons], expected.map((one) => one === undefined ? Reason.no_data : 0))
            const about = expected.map((one) => one === undefined ? NaN : one.timestamp)
            assert.deepStrictEqual([...slots.bornAt], about)
            assert.deepStrictEqual([...slots.neededAt], about)
          }).pipe(Effect.provide(plainFeatureRepository), Effect.runSync)
      ),
      { numRuns: 400 }
    )
  })
})
