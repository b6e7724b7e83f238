import { Array, Chunk, Effect, FastCheck as fc, type Layer, Stream } from "effect"
import { assert, describe, it } from "vitest"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import { encodeChunk } from "../../src/store/codec/chunks.js"
import {
  type ExternalRow,
  FeatureRepository,
  type GroupKey,
  type MaterialisedChunk,
  type RegisteredGroup,
  type ServedAnswer
} from "../../src/store/FeatureRepository.js"
import type { StorageFailure } from "../../src/store/StorageFailure.js"
import { opening } from "../support/histories.js"
import { plainFeatureRepository } from "../support/plainRepository.js"
import { columns } from "./codec/columns.js"

const markets = ["m1", "m2", "m3"].map((id) => MarketId.make(id))

const groups: ReadonlyArray<RegisteredGroup> = [["a", "1.0"], ["a", "2.0"], ["b", "1.0"]].map((
  [name = "", version = ""]
) => ({
  name,
  version,
  fingerprint: `sha256:${name}${version}`,
  definition: "{}"
}))

const anyGroup: fc.Arbitrary<GroupKey> = fc.constantFrom(...groups)
const anyMarket = fc.constantFrom(...markets)
const instants = fc.integer({ min: 0, max: 12 }).map((n) => Instant(opening + n * 1000))

const ofRows = (column: Float64Array, rows: number) => Float64Array.from({ length: rows }, (_, i) => column[i] ?? NaN)

const chunks: fc.Arbitrary<MaterialisedChunk> = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 3 }))
  .chain(([rows, width]) =>
    fc.record({
      market: anyMarket,
      firstAt: instants,
      everyMillis: fc.constantFrom(500, 1000),
      rows: fc.constant(rows),
      logSequence: fc.nat(99),
      values: fc.array(columns, { minLength: width, maxLength: width }).map((all) =>
        all.map((one) => ofRows(one, rows))
      ),
      reasons: fc.array(fc.nat(15), { minLength: width, maxLength: width }).map((all) =>
        all.map((one) => new Uint8Array(rows).fill(one))
      ),
      newestAt: columns.map((one) => ofRows(one, rows))
    })
  )

const answers: fc.Arbitrary<ServedAnswer> = fc.record({
  group: anyGroup,
  market: anyMarket,
  at: instants,
  sequence: fc.nat(9_999)
}).chain((place) =>
  fc.tuple(fc.double({ noNaN: true }), fc.constantFrom(NaN, 0, 1, -0), fc.nat(15), fc.nat(15)).map(([a, b, r, q]) => ({
    ...place,
    values: Float64Array.of(a, b),
    reasons: Uint8Array.of(r, q)
  }))
)

const externals: fc.Arbitrary<ExternalRow> = fc.record({
  group: anyGroup,
  market: anyMarket,
  feature: fc.constantFrom("p", "q"),
  timestamp: instants,
  availableAt: instants,
  value: fc.oneof(
    fc.constantFrom("text", "", "5", true, false),
    fc.double({ noNaN: true }).map((n) => n + 0),
    fc.nat(9)
  )
})

type Act =
  | {
    readonly act: "replace"
    readonly group: GroupKey
    readonly chunks: ReadonlyArray<MaterialisedChunk>
    readonly replaced: ReadonlyArray<MaterialisedChunk>
  }
  | { readonly act: "serve"; readonly answers: ReadonlyArray<ServedAnswer> }
  | { readonly act: "external"; readonly rows: ReadonlyArray<ExternalRow> }

/** Chunks of one group, market and grid never begin at the same instant: the grid's first row is in one of them. */
const apart = (all: ReadonlyArray<MaterialisedChunk>) =>
  Array.dedupeWith(all, (a, b) => a.market === b.market && a.everyMillis === b.everyMillis && a.firstAt === b.firstAt)

const acts: fc.Arbitrary<ReadonlyArray<Act>> = fc.array(
  fc.oneof(
    fc.record({
      act: fc.constant("replace" as const),
      group: anyGroup,
      chunks: fc.array(chunks, { maxLength: 3 }).map(apart),
      replaced: fc.array(chunks, { maxLength: 2 })
    }),
    fc.record({ act: fc.constant("serve" as const), answers: fc.array(answers, { maxLength: 5 }) }),
    fc.record({ act: fc.constant("external" as const), rows: fc.array(externals, { maxLength: 8 }) })
  ),
  { maxLength: 8, size: "max" }
)

const perform = (repository: FeatureRepository["Type"], act: Act) => {
  switch (act.act) {
    case "replace":
      // what is written takes the place of what stood there
      return repository.writeMaterialised(act.group, act.chunks, [...act.replaced, ...act.chunks])
    case "serve":
      return repository.writeServed(act.answers)
    case "external":
      return repository.storeExternal(act.rows)
  }
}

const byFeature = <A extends { readonly feature: string }>(all: ReadonlyArray<A>) =>
  [...all].sort((a, b) => a.feature < b.feature ? -1 : 1)

/** Everything that a repository says, at every instant that there is. */
const saysOf = (repository: FeatureRepository["Type"]) =>
  Effect.gen(function*() {
    const said: Array<unknown> = [yield* repository.registered]
    for (const { name, version } of groups) {
      const group = { name, version }
      for (const market of markets) {
        for (const every of [500, 1000]) said.push(yield* repository.coverage(group, market, every))
        for (const [from, to] of [[0, 99], [3, 5], [5, 5], [9, 2]] as const) {
          const [first, last] = [Instant(opening + from * 1000), Instant(opening + to * 1000)]
          const found = yield* repository.readMaterialised(group, market, first, last)
          said.push([...found].sort((a, b) => a.firstAt - b.firstAt || a.everyMillis - b.everyMillis))
        }
        for (let at = -1; at <= 13; at++) {
          said.push(byFeature(yield* repository.externalAsOf(group, market, Instant(opening + at * 1000))))
        }
        // positions are of one counter with the log's, which is the storage's own
        said.push((yield* repository.externalHistory(group, market)).map(({ sequence: _, ...history }) => history))
      }
      const served = Chunk.toReadonlyArray(yield* Stream.runCollect(repository.served))
      // the order holds within a group
      said.push(
        served.filter((one) => one.group.name === name && one.group.version === version).map((one) => ({
          ...one,
          group
        }))
      )
    }
    return said
  })

const chunkAt = (firstAt: number, rows: number, value: number, market = markets[0]): MaterialisedChunk => ({
  market: market ?? MarketId.make("m1"),
  firstAt: Instant(firstAt),
  everyMillis: 1000,
  rows,
  logSequence: 1,
  values: [new Float64Array(rows).fill(value)],
  reasons: [new Uint8Array(rows)],
  newestAt: new Float64Array(rows).fill(NaN)
})

/** What every repository does, whatever it is kept in. `storage` gives a new, empty one each time. */
export const featureRepositoryConformance = (
  name: string,
  storage: Layer.Layer<FeatureRepository, StorageFailure>,
  numRuns: number
) => {
  const inNew = <E>(effect: Effect.Effect<void, E, FeatureRepository>) =>
    Effect.runPromise(Effect.provide(effect, storage))

  describe(`the feature repository: ${name}`, () => {
    it("gives back what plain lists give, after anything was stored, for any range and instant", () =>
      fc.assert(
        fc.asyncProperty(acts, (program) =>
          inNew(Effect.gen(function*() {
            const plain = yield* Effect.provide(FeatureRepository, plainFeatureRepository)
            const repository = yield* FeatureRepository
            yield* plain.register(groups)
            yield* repository.register(groups)
            for (const act of program) {
              yield* perform(plain, act)
              yield* perform(repository, act)
            }
            assert.deepStrictEqual(yield* saysOf(repository), yield* saysOf(plain))
          }))),
        { numRuns }
      ), 120_000)

    it("never changes a group that is registered", () =>
      inNew(Effect.gen(function*() {
        const repository = yield* FeatureRepository
        yield* repository.register([])
        assert.deepStrictEqual(yield* repository.registered, [])
        yield* repository.register(groups.slice(0, 1))
        yield* repository.register(
          groups.map((group) => ({ ...group, fingerprint: "sha256:other", definition: "other" }))
        )
        const found = yield* repository.registered
        assert.deepStrictEqual(found.map((group) => [group.name, group.version, group.fingerprint]), [
          ["a", "1.0", "sha256:a1.0"],
          ["a", "2.0", "sha256:other"],
          ["b", "1.0", "sha256:other"]
        ])
        assert.strictEqual(found[0]?.definition, "{}")
      })))

    it("stores chunks and removes what they replace as a whole, and of one group, market and grid alone", () =>
      inNew(Effect.gen(function*() {
        const repository = yield* FeatureRepository
        yield* repository.register(groups)
        const [one = { name: "", version: "" }, two = one] = groups
        const [m1, m2] = markets
        const old = [chunkAt(opening, 3, 1), chunkAt(opening, 3, 2, m2)]
        yield* repository.writeMaterialised(one, old, [])
        yield* repository.writeMaterialised(two, old, [])
        yield* repository.writeMaterialised(one, [chunkAt(opening, 2, 3)], [chunkAt(opening, 1, 0)])
        const values = (group: GroupKey, market = m1) =>
          Effect.map(
            repository.readMaterialised(
              group,
              market ?? MarketId.make("m1"),
              Instant(opening),
              Instant(opening + 9_999)
            ),
            (found) => found.map((chunk) => [...chunk.values[0] ?? []])
          )
        assert.deepStrictEqual(yield* values(one), [[3, 3]])
        assert.deepStrictEqual(yield* values(one, m2), [[2, 2, 2]])
        assert.deepStrictEqual(yield* values(two), [[1, 1, 1]])
      })))

    it("keeps writes that were made together all or none, and chunks that come encoded as they are", () =>
      inNew(Effect.gen(function*() {
        const repository = yield* FeatureRepository
        yield* repository.register(groups)
        const [one = { name: "", version: "" }, two = one] = groups
        const [m1 = MarketId.make("m1")] = markets
        const plain = chunkAt(opening, 3, 1)
        const both = Effect.zipRight(
          repository.writeMaterialised(one, [encodeChunk(plain)], []),
          repository.writeMaterialised(two, [plain], [])
        )
        const found = Effect.forEach(
          [one, two],
          (group) => repository.readMaterialised(group, m1, Instant(opening), Instant(opening))
        )
        yield* Effect.flip(repository.together(Effect.zipRight(both, Effect.fail("no"))))
        assert.deepStrictEqual(yield* found, [[], []])
        yield* repository.together(both)
        assert.deepStrictEqual(yield* found, [[plain], [plain]])
      })))

    it("keeps a whole day of minutes and more, oldest first", () =>
      inNew(Effect.gen(function*() {
        const repository = yield* FeatureRepository
        yield* repository.register(groups)
        const [group = { name: "", version: "" }] = groups
        const all = Array.makeBy(450, (i) => chunkAt(opening + (449 - i) * 4_000_000, 4_000, i))
        yield* repository.writeMaterialised(group, all, [])
        const [m1 = MarketId.make("m1")] = markets
        const found = yield* repository.readMaterialised(group, m1, Instant(opening), Instant(opening + 1e10))
        assert.deepStrictEqual(found.map((chunk) => chunk.values[0]?.[0]), Array.makeBy(450, (i) => 449 - i))
        assert.deepStrictEqual((yield* repository.coverage(group, m1, 1000)).length, 450)
        assert.deepStrictEqual(yield* repository.coverage(group, m1, 999), [])
      })))

    it("gives served answers of markets that came in while it was read", () =>
      inNew(Effect.gen(function*() {
        const repository = yield* FeatureRepository
        yield* repository.register(groups)
        const [group = { name: "", version: "" }] = groups
        const answer = (market: string): ServedAnswer => ({
          group,
          market: MarketId.make(market),
          at: Instant(opening),
          sequence: 1,
          values: Float64Array.of(1),
          reasons: Uint8Array.of(0)
        })
        for (let i = 0; i < 70; i++) yield* repository.writeServed([answer(`m${i}`)])
        let wrote = false
        const seen: Array<string> = []
        yield* Stream.runForEach(repository.served, ({ market }) =>
          Effect.suspend(() => {
            seen.push(market)
            if (wrote) return Effect.void
            wrote = true
            return repository.writeServed([answer("new")])
          }))
        // the one that came in may be seen or not; a page that holds it gives it with its name
        assert.deepStrictEqual(seen.slice(0, 70), Array.makeBy(70, (i) => `m${i}`))
        assert.strictEqual((yield* Stream.runCollect(repository.served)).pipe(Chunk.size), 71)
        if (name.includes("SQLite")) assert.strictEqual(seen[70], "new")
      })))

    it("stores external values all or none, and none of a group that is not registered", () =>
      inNew(Effect.gen(function*() {
        const repository = yield* FeatureRepository
        if (!name.includes("SQLite")) return
        yield* repository.register(groups.slice(0, 1))
        const [known = { name: "", version: "" }, unknown = known] = groups
        const row = (group: GroupKey): ExternalRow => ({
          group,
          market: MarketId.make("m1"),
          feature: "p",
          timestamp: Instant(opening),
          availableAt: Instant(opening),
          value: 1
        })
        const failure = yield* Effect.flip(repository.storeExternal([row(known), row(unknown)]))
        assert.strictEqual(failure._tag, "StorageFailure")
        assert.include(failure.message, "a@2.0")
        const m1 = MarketId.make("m1")
        assert.deepStrictEqual(yield* repository.externalAsOf(known, m1, Instant(opening)), [])
        yield* repository.storeExternal([row(known)])
        assert.strictEqual((yield* repository.externalAsOf(known, m1, Instant(opening))).length, 1)
        assert.deepStrictEqual(yield* repository.externalAsOf(known, MarketId.make("m2"), Instant(opening)), [])
      })))
  })
}
