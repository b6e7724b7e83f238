import { SqlClient } from "@effect/sql"
import { Array, Chunk, Effect, Layer, Option, Schema, Stream } from "effect"
import { Instant } from "../../domain/Instant.js"
import { MarketId } from "../../domain/MarketId.js"
import { decodeColumns, encodeColumns } from "../codec/answers.js"
import { decodeChunk, encodeChunk } from "../codec/chunks.js"
import {
  type Coverage,
  FeatureRepository,
  type GroupKey,
  type MaterialisedChunk,
  type RegisteredGroup,
  type ServedAnswer
} from "../FeatureRepository.js"
import { storageFailure } from "./Database.js"
import { externalValues } from "./externalValues.js"
import { Bytes, decoded, groupNumbers, marketNumbers, rowsPerStatement, select, transaction } from "./rows.js"

const Registered = Schema.Struct({
  name: Schema.String,
  version: Schema.String,
  fingerprint: Schema.String,
  definition: Schema.String
})
const StoredInstant = Schema.Finite.pipe(Schema.fromBrand(Instant))
const Covered = Schema.Struct({ first_at: StoredInstant, row_count: Schema.Int, log_sequence: Schema.Int })
const Materialised = Schema.Struct({ ...Covered.fields, every: Schema.Int, data: Bytes })
const Served = Schema.Struct({ id: Schema.Int, name: Schema.String, version: Schema.String, data: Bytes })
const Market = Schema.Struct({ id: Schema.Int, name: MarketId })

const make = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const markets = marketNumbers(sql)
  const groups = groupNumbers(sql)

  const atomically = (operation: string) => <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.mapError(transaction(sql, markets.forget)(effect), storageFailure(operation))

  const register = (added: ReadonlyArray<RegisteredGroup>) =>
    added.length === 0
      ? Effect.void
      : sql`INSERT INTO feature_groups ${
        sql.insert(added.map((group) => ({ ...group })))
      } ON CONFLICT (name, version) DO NOTHING`.pipe(
        Effect.asVoid,
        Effect.mapError(storageFailure("register feature groups"))
      )

  const writeMaterialised: FeatureRepository["Type"]["writeMaterialised"] = (group, chunks, replaced) =>
    Effect.gen(function*() {
      const number = yield* groups.of(group)
      const numbers = yield* markets.ensure([...chunks, ...replaced].map((chunk) => chunk.market))
      for (const { everyMillis, firstAt, market } of replaced) {
        yield* sql`DELETE FROM feature_chunks WHERE feature_group = ${number} AND market = ${numbers.get(market) ?? 0}
          AND every = ${everyMillis} AND first_at = ${firstAt}`
      }
      const rows = chunks.map((chunk) => ({
        feature_group: number,
        market: numbers.get(chunk.market) ?? 0,
        every: chunk.everyMillis,
        first_at: chunk.firstAt,
        last_at: chunk.firstAt + (chunk.rows - 1) * chunk.everyMillis,
        row_count: chunk.rows,
        log_sequence: chunk.logSequence,
        data: "data" in chunk ? chunk.data : encodeChunk(chunk).data
      }))
      for (let from = 0; from < rows.length; from += rowsPerStatement) {
        yield* sql`INSERT INTO feature_chunks ${sql.insert(rows.slice(from, from + rowsPerStatement))}`
      }
    }).pipe(atomically("store materialised features"))

  const coverage = (group: GroupKey, market: MarketId, everyMillis: number) =>
    Effect.gen(function*() {
      const rows = yield* sql`SELECT first_at, row_count, log_sequence FROM feature_chunks
          WHERE feature_group = ${yield* groups.of(group)} AND market = ${(yield* markets.find(market)) ?? 0}
            AND every = ${everyMillis} ORDER BY first_at`.pipe(select(Covered))
      return rows.map((row): Coverage => ({
        firstAt: row.first_at,
        rows: row.row_count,
        logSequence: row.log_sequence
      }))
    }).pipe(Effect.mapError(storageFailure("read what is materialised")))

  const readMaterialised = (group: GroupKey, market: MarketId, from: Instant, to: Instant) =>
    Effect.gen(function*() {
      const rows = yield* sql`SELECT first_at, row_count, log_sequence, every, data FROM feature_chunks
          WHERE feature_group = ${yield* groups.of(group)} AND market = ${(yield* markets.find(market)) ?? 0}
            AND first_at <= ${to} AND last_at >= ${from} ORDER BY first_at`.pipe(select(Materialised))
      return yield* Effect.forEach(rows, (row) =>
        Effect.map(decoded(decodeChunk(row.data), "read materialised features"), (columns): MaterialisedChunk => ({
          market,
          firstAt: row.first_at,
          everyMillis: row.every,
          rows: row.row_count,
          logSequence: row.log_sequence,
          ...columns
        })))
    }).pipe(Effect.mapError(storageFailure("read materialised features")))

  const writeServedGroup = (group: GroupKey, answers: ReadonlyArray<ServedAnswer>) =>
    Effect.gen(function*() {
      const numbers = yield* markets.ensure(answers.map((answer) => answer.market))
      const column = (value: (answer: ServedAnswer) => number) => Float64Array.from(answers, value)
      const width = answers[0]?.values.length ?? 0
      const features = Array.makeBy(width, (i) => i)
      const data = encodeColumns(answers.length, [
        column((answer) => numbers.get(answer.market) ?? 0),
        column((answer) => answer.at),
        column((answer) => answer.sequence),
        ...features.map((i) => column((answer) => answer.values[i] ?? NaN)),
        ...features.map((i) => column((answer) => answer.reasons[i] ?? 0))
      ])
      const row = { feature_group: yield* groups.of(group), row_count: answers.length, data }
      yield* sql`INSERT INTO served_chunks ${sql.insert(row)}`
    })

  const writeServed = (answers: ReadonlyArray<ServedAnswer>) => {
    const byGroup = Array.groupBy(answers, ({ group }) => `${group.name}@${group.version}`)
    return Effect.forEach(Object.values(byGroup), (own) => writeServedGroup(own[0].group, own), { discard: true }).pipe(
      atomically("log served features")
    )
  }

  const decodeServed = (names: ReadonlyMap<number, MarketId>) => (row: typeof Served.Type) =>
    Effect.map(decoded(decodeColumns(row.data), "read served features"), ([market, at, sequence, ...features]) => {
      const width = features.length / 2
      return [...market ?? []].flatMap((number, i) => {
        const name = names.get(number)
        return name === undefined ? [] : [
          {
            group: { name: row.name, version: row.version },
            market: name,
            at: Instant(at?.[i] ?? 0),
            sequence: sequence?.[i] ?? 0,
            values: Float64Array.from(features.slice(0, width), (column) => column[i] ?? NaN),
            reasons: Uint8Array.from(features.slice(width), (column) => column[i] ?? 0)
          } satisfies ServedAnswer
        ]
      })
    })

  const servedPage = (after: number) =>
    sql`SELECT served_chunks.id AS id, name, version, data FROM served_chunks
        JOIN feature_groups ON feature_groups.id = served_chunks.feature_group
        WHERE served_chunks.id > ${after} ORDER BY served_chunks.id LIMIT 64`.pipe(select(Served))

  const served = Stream.paginateChunkEffect(0, (after) =>
    Effect.gen(function*() {
      const page = yield* servedPage(after)
      // read after the page, so that every market of it has its name
      const markets = yield* sql`SELECT id, name FROM markets`.pipe(select(Market))
      const answers = yield* Effect.forEach(page, decodeServed(new Map(markets.map(({ id, name }) => [id, name]))))
      const last = page.at(-1)
      return [Chunk.unsafeFromArray(answers.flat()), Option.fromNullable(last?.id)] as const
    })).pipe(Stream.mapError(storageFailure("read served features")))

  return FeatureRepository.of({
    registered: sql`SELECT name, version, fingerprint, definition FROM feature_groups ORDER BY name, version`.pipe(
      select(Registered),
      Effect.mapError(storageFailure("read the registry"))
    ),
    register,
    writeMaterialised,
    together: atomically("store features"),
    coverage,
    readMaterialised,
    writeServed,
    served,
    ...externalValues(sql, markets, groups)
  })
})

/** What is kept of features, in the embedded database. */
export const layer = Layer.effect(FeatureRepository, make)
