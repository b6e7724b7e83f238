import { SqlClient } from "@effect/sql"
import { Effect, Layer, Schema, Stream } from "effect"
import { type AppendedBody, columnsOf, type PlacedEvent } from "../../domain/columnsOf.js"
import type { EventKind, MarketEvent } from "../../domain/Event.js"
import type { Instant } from "../../domain/Instant.js"
import type { MarketId } from "../../domain/MarketId.js"
import { scorer, scoreText } from "../../domain/scorer.js"
import {
  type EventBatch,
  EventLog,
  type ImportedFile,
  type LogRange,
  type MixedColumns,
  type QuoteBatch
} from "../EventLog.js"
import { appendedOf } from "../mixedColumns.js"
import { makeChunkWriter } from "./chunkWriter.js"
import { storageFailure } from "./Database.js"
import { makeTailParts } from "./eventTail.js"
import { Head, moveHead } from "./logHead.js"
import { chunkRows, PendingChunks } from "./PendingChunks.js"
import { readMarket } from "./readMarket.js"
import { marketNumbers, select, transaction } from "./rows.js"
import { scanEvents } from "./scanEvents.js"
import { summarise } from "./summarise.js"
import { makeTailWriter, type TailLimits, tailLimits } from "./tailWriter.js"

const Import = Schema.Struct({ events: Schema.Int, duplicates: Schema.Int, sequence: Schema.Int })

const scored = ({ body }: MarketEvent): AppendedBody =>
  body.kind === "news"
    ? { kind: "news", document: { ...body.document, score: scoreText(body.document.text), scorer } }
    : body

/** The events of a batch by kind, markets mixed, in the order of their sequence. */
class PendingKinds {
  readonly #kinds = new Map<EventKind, { readonly market: Array<MarketId>; readonly events: Array<PlacedEvent> }>()

  add(market: MarketId, event: PlacedEvent): void {
    const { kind } = event.body
    const own = this.#kinds.get(kind) ?? { market: [], events: [] }
    if (own.events.length === 0) this.#kinds.set(kind, own)
    own.market.push(market)
    own.events.push(event)
  }

  take(): ReadonlyArray<MixedColumns> {
    return [...this.#kinds].map(([kind, { events, market }]) => ({ market, columns: columnsOf(kind, events) }))
  }
}

const make = (limits: TailLimits) =>
  Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    const markets = marketNumbers(sql)
    const chunks = makeChunkWriter(sql, markets)
    const parts = makeTailParts(sql)
    const tail = makeTailWriter(sql, markets, parts, chunks, limits)
    // Statements of the one connection run at once, none amid another: while this log is not being written to, reading its
    // position need not wait in turn, which would take five times as long as the reading.
    const connection = yield* Effect.scoped(sql.reserve)
    let writing = 0
    const headQuery = sql`SELECT sequence, appended_at, complete_since FROM log_head`
    const headAtOnce = connection.execute(...headQuery.compile(), undefined)
    const head = Effect.suspend(() => writing === 0 ? headAtOnce : headQuery).pipe(
      select(Head),
      Effect.map((rows) => rows[0] ?? { sequence: 0, appended_at: 0, complete_since: 0 }),
      Effect.mapError(storageFailure("read the log's position"))
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
        () => transaction(sql, Effect.all([markets.forget, chunks.forget, tail.forget]))(effect),
        () => Effect.sync(() => writing--)
      )

    const append = (events: ReadonlyArray<MarketEvent>, at: Instant) =>
      Effect.gen(function*() {
        let { sequence } = yield* moveHead(sql, 0, at)
        const pending = new PendingKinds()
        let appended = 0
        for (const event of events) {
          if (event.body.kind === "news" && !(yield* isNew(event))) continue
          appended++
          const { eventTime = at, market, source } = event
          pending.add(market, { sequence: ++sequence, availableAt: at, eventTime, source, body: scored(event) })
        }
        const kinds = pending.take()
        const merged = yield* moveHead(sql, appended, at)
        yield* tail.write(kinds)
        yield* tail.relieve(sequence, appended, merged)
        // as many as what is appended fills in the long run, so that an append is never late by many
        yield* chunks.compact(1 + Math.ceil(2 * appended / chunkRows))
        return appendedOf({ sequence, events: appended, duplicates: events.length - appended, kinds })
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
        const { sequence: before } = yield* moveHead(sql, 0, 0).pipe(Effect.mapError(failed))
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
          yield* moveHead(sql, events, 0)
          yield* sql`INSERT INTO imports ${sql.insert({ digest: file.digest, name: file.name, ...result })}`
          yield* chunks.compact()
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
          : yield* readMarket(sql, parts, number, sequence, range)
      }).pipe(Effect.mapError(storageFailure(`read market ${market}`)))

    return EventLog.of({
      append,
      importFile,
      read,
      scan: (range = {}) =>
        Stream.unwrap(Effect.map(head, (own) => scanEvents(sql, parts, markets, own, range))).pipe(
          Stream.mapError(storageFailure("scan the log"))
        ),
      markets: Effect.mapError(summarise(sql, parts, markets), storageFailure("list markets")),
      watermark: Effect.map(head, ({ sequence }) => sequence),
      appendedAt: Effect.map(head, ({ appended_at }) => appended_at),
      completeSince: Effect.map(head, ({ complete_since }) => complete_since)
    })
  }).pipe(Effect.mapError(storageFailure("open the event log")))

/** The event log in the embedded database, with other limits than the usual ones: for tests of what they bound. */
export const layerWith = (limits: TailLimits) => Layer.effect(EventLog, make(limits))

/** The event log in the embedded database. */
export const layer = layerWith(tailLimits)
