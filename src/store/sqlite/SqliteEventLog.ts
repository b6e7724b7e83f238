import { SqlClient } from "@effect/sql"
import { Effect, Layer, Schema, Stream } from "effect"
import type { AppendedBody } from "../../domain/columnsOf.js"
import type { MarketEvent } from "../../domain/Event.js"
import { Instant } from "../../domain/Instant.js"
import { MarketId } from "../../domain/MarketId.js"
import { mergeColumns } from "../../domain/mergeColumns.js"
import { scorer, scoreText } from "../../domain/scorer.js"
import {
  type EventBatch,
  EventLog,
  type ImportedFile,
  type LogRange,
  type MarketColumns,
  type QuoteBatch
} from "../EventLog.js"
import { storageFailure } from "./Database.js"
import { ChunkRow, chunkRow, decodeChunk, readMarket, scanChunks, splitRows } from "./eventChunks.js"
import { chunkRows, PendingChunks } from "./PendingChunks.js"
import { type MarketNumbers, marketNumbers, rowsPerStatement, select, transaction } from "./rows.js"

const Head = Schema.Struct({ sequence: Schema.Int, appended_at: Schema.Int })
const Import = Schema.Struct({ events: Schema.Int, duplicates: Schema.Int, sequence: Schema.Int })
const Tail = Schema.Struct({ market: Schema.Int, kind: Schema.Int, total: Schema.Int })
const Summary = Schema.Struct({ name: MarketId, events: Schema.Int, first: Schema.Int, last: Schema.Int })

const scored = ({ body }: MarketEvent): AppendedBody =>
  body.kind === "news"
    ? { kind: "news", document: { ...body.document, score: scoreText(body.document.text), scorer } }
    : body

/** Writes chunks, and merges small ones once there is a full chunk's worth of them. */
const makeChunkWriter = (sql: SqlClient.SqlClient, markets: MarketNumbers) =>
  Effect.sync(() => {
    /** rows in chunks that are not full, by market and kind; counted when they are first asked for */
    let tails: Map<string, number> | undefined
    const countTails = sql`SELECT market, kind, SUM(row_count) AS total FROM event_chunks
        WHERE row_count < ${chunkRows} GROUP BY market, kind`.pipe(
      select(Tail),
      Effect.map((rows) => tails = new Map(rows.map(({ kind, market, total }) => [`${market}/${kind}`, total])))
    )
    const tailsNow = Effect.suspend(() => tails === undefined ? countTails : Effect.succeed(tails))

    const compact = (market: number, kind: number) =>
      Effect.gen(function*() {
        const rows = yield* sql`SELECT id, kind, data FROM event_chunks
            WHERE market = ${market} AND kind = ${kind} AND row_count < ${chunkRows} ORDER BY first_sequence`.pipe(
          select(ChunkRow)
        )
        const [first, ...others] = yield* Effect.forEach(rows, decodeChunk)
        if (first === undefined) return
        const merged = mergeColumns([first, ...others])
        yield* sql`DELETE FROM event_chunks
            WHERE market = ${market} AND kind = ${kind} AND row_count < ${chunkRows}`
        yield* sql`INSERT INTO event_chunks ${sql.insert(splitRows(merged).map((part) => chunkRow(market, part)))}`
        const counted = yield* tailsNow
        counted.set(`${market}/${kind}`, merged.rows % chunkRows)
      })

    return {
      forget: Effect.sync(() => {
        tails = undefined
      }),
      write: (chunks: ReadonlyArray<MarketColumns>) =>
        Effect.gen(function*() {
          const counted = yield* tailsNow
          const numbers = yield* markets.ensure(chunks.map((chunk) => chunk.market))
          for (let from = 0; from < chunks.length; from += rowsPerStatement) {
            const rows = chunks.slice(from, from + rowsPerStatement)
              .map(({ columns, market }) => chunkRow(numbers.get(market) ?? 0, columns))
            yield* sql`INSERT INTO event_chunks ${sql.insert(rows)}`
            for (const { kind, market, row_count } of rows) {
              const key = `${market}/${kind}`
              if (row_count < chunkRows) counted.set(key, (counted.get(key) ?? 0) + row_count)
            }
          }
        }),
      compact: Effect.flatMap(tailsNow, (counted) =>
        Effect.forEach(
          [...counted].filter(([, rows]) => rows >= chunkRows),
          ([key]) => {
            const [market = NaN, kind = NaN] = key.split("/").map(Number)
            return compact(market, kind)
          },
          { discard: true }
        ))
    }
  })

const make = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const markets = marketNumbers(sql)
  const chunks = yield* makeChunkWriter(sql, markets)
  // Statements of the one connection run at once, none amid another: while this log is not being written to, reading its
  // position need not wait in turn, which would take five times as long as the reading.
  const connection = yield* Effect.scoped(sql.reserve)
  let writing = 0
  const headQuery = sql`SELECT sequence, appended_at FROM log_head`
  const headAtOnce = connection.execute(...headQuery.compile(), undefined)
  const head = Effect.suspend(() => writing === 0 ? headAtOnce : headQuery).pipe(
    select(Head),
    Effect.map((rows) => rows[0] ?? { sequence: 0, appended_at: 0 }),
    Effect.mapError(storageFailure("read the log's position"))
  )

  /** Moves the head and gives its new position. As the first statement of a transaction it takes the write lock at once. */
  const moveHead = (events: number, appendedAt: number) =>
    sql`UPDATE log_head SET sequence = sequence + ${events}, appended_at = MAX(appended_at, ${appendedAt})
        RETURNING sequence, appended_at`.pipe(
      select(Head),
      Effect.map((rows) => rows[0]?.sequence ?? 0)
    )

  /** Notes a document; false where the log has it already. */
  const noteNews = (market: MarketId, source: string, document: string) =>
    Effect.gen(function*() {
      const numbers = yield* markets.ensure([market])
      const row = { market: numbers.get(market) ?? 0, source, document }
      const added = yield* sql`INSERT INTO news_ids ${sql.insert(row)} ON CONFLICT DO NOTHING RETURNING market`
      return added.length > 0
    })

  const isNew = ({ body, market, source = "" }: MarketEvent) =>
    body.kind === "news" ? noteNews(market, source, body.document.id) : Effect.succeed(true)

  const atomically = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.acquireUseRelease(
      Effect.sync(() => writing++),
      () => transaction(sql, Effect.zipRight(markets.forget, chunks.forget))(effect),
      () => Effect.sync(() => writing--)
    )

  const append = (events: ReadonlyArray<MarketEvent>, at: Instant) =>
    Effect.gen(function*() {
      let sequence = yield* moveHead(0, at)
      const pending = new PendingChunks()
      let appended = 0
      for (const event of events) {
        if (event.body.kind === "news" && !(yield* isNew(event))) continue
        appended++
        const { eventTime = at, market, source } = event
        pending.add(market, { sequence: ++sequence, availableAt: at, eventTime, source, body: scored(event) })
      }
      const columns = pending.takeAll()
      yield* moveHead(appended, at)
      yield* chunks.write(columns)
      yield* chunks.compact
      return { sequence, events: appended, duplicates: events.length - appended, columns }
    }).pipe(atomically, Effect.mapError(storageFailure("append events")))

  /** Places one batch behind `sequence`; returns the position after it. */
  const place = (pending: PendingChunks, batch: QuoteBatch | EventBatch, sequence: number) =>
    Effect.gen(function*() {
      if (batch.kind === "quotes") {
        for (let row = 0; row < batch.market.length; row++) pending.addQuote(batch, row, sequence + row + 1)
        return sequence + batch.market.length
      }
      let next = sequence
      for (const { availableAt, event } of batch.events) {
        if (event.body.kind === "news" && !(yield* isNew(event))) continue
        const { eventTime = availableAt, market, source } = event
        pending.add(market, { sequence: ++next, availableAt, eventTime, source, body: scored(event) })
      }
      return next
    }).pipe(Effect.mapError(storageFailure("import events")))

  const importFile = <E, R>(file: ImportedFile, batches: Stream.Stream<QuoteBatch | EventBatch, E, R>) => {
    const failed = storageFailure(`import ${file.name}`)
    return Effect.gen(function*() {
      const before = yield* moveHead(0, 0).pipe(Effect.mapError(failed))
      const [known] = yield* sql`SELECT events, duplicates, sequence FROM imports WHERE digest = ${file.digest}`.pipe(
        select(Import),
        Effect.mapError(failed)
      )
      if (known !== undefined) return { outcome: "known" as const, ...known }
      const pending = new PendingChunks()
      let sequence = before
      let seen = 0
      yield* Stream.runForEach(batches, (batch) =>
        Effect.gen(function*() {
          seen += batch.kind === "quotes" ? batch.market.length : batch.events.length
          sequence = yield* place(pending, batch, sequence)
          yield* Effect.mapError(chunks.write(pending.takeFull()), failed)
        }))
      const events = sequence - before
      const result = { events, duplicates: seen - events, sequence }
      yield* Effect.gen(function*() {
        yield* chunks.write(pending.takeAll())
        yield* moveHead(events, 0)
        yield* sql`INSERT INTO imports ${sql.insert({ digest: file.digest, name: file.name, ...result })}`
        yield* chunks.compact
      }).pipe(Effect.mapError(failed))
      return { outcome: "appended" as const, ...result }
    }).pipe(
      atomically,
      Effect.catchTag("SqlError", (error) => Effect.fail(failed(error)))
    )
  }

  const read = (market: MarketId, range: LogRange = {}) =>
    Effect.gen(function*() {
      const { sequence } = yield* head
      const number = yield* markets.find(market)
      return number === undefined
        ? { columns: [], watermark: sequence }
        : yield* readMarket(sql, number, sequence, range)
    }).pipe(Effect.mapError(storageFailure(`read market ${market}`)))

  const summaries = sql`SELECT name, SUM(row_count) AS events, MIN(first_available_at) AS first,
        MAX(last_available_at) AS last
      FROM event_chunks JOIN markets ON markets.id = event_chunks.market GROUP BY name ORDER BY name`.pipe(
    select(Summary),
    Effect.map((rows) =>
      rows.map(({ events, first, last, name }) => ({
        market: name,
        events,
        firstAvailableAt: Instant(first),
        lastAvailableAt: Instant(last)
      }))
    ),
    Effect.mapError(storageFailure("list markets"))
  )

  return EventLog.of({
    append,
    importFile,
    read,
    scan: (range = {}) =>
      Stream.unwrap(Effect.map(head, ({ sequence }) => scanChunks(sql, sequence, range))).pipe(
        Stream.mapError(storageFailure("scan the log"))
      ),
    markets: summaries,
    watermark: Effect.map(head, ({ sequence }) => sequence),
    appendedAt: Effect.map(head, ({ appended_at }) => appended_at)
  })
}).pipe(Effect.mapError(storageFailure("open the event log")))

/** The event log in the embedded database. */
export const layer = Layer.effect(EventLog, make)
