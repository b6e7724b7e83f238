import { Chunk, Effect, Layer, Stream } from "effect"
import { type AppendedBody, columnsOf } from "../../src/domain/columnsOf.js"
import { eventKinds, type MarketEvent, type RawLevels, type TimedEvent } from "../../src/domain/Event.js"
import type { EventColumns } from "../../src/domain/EventColumns.js"
import { eventOf } from "../../src/domain/eventOf.js"
import { Instant } from "../../src/domain/Instant.js"
import type { MarketId } from "../../src/domain/MarketId.js"
import { scorer, scoreText } from "../../src/domain/scorer.js"
import {
  type Appended,
  type EventBatch,
  EventLog,
  type ImportResult,
  type LogRange,
  type MarketColumns,
  type MarketSummary,
  type QuoteBatch
} from "../../src/store/EventLog.js"
import { appendedOf } from "../../src/store/mixedColumns.js"

/** An event of the log, whole: what any implementation must give back. */
export interface PlainEvent {
  readonly market: MarketId
  readonly sequence: number
  readonly availableAt: number
  readonly eventTime: number
  readonly source: string | undefined
  readonly body: AppendedBody
}

/** Worst price first, each once, nothing empty. */
const sideOf = (levels: RawLevels, sign: 1 | -1): RawLevels => {
  const sizes = new Map<number, number>()
  for (const [price, size] of levels) if (size > 0) sizes.set(price, (sizes.get(price) ?? 0) + size)
  return [...sizes].sort(([a], [b]) => sign * (a - b))
}

const keptOf = ({ body }: MarketEvent): AppendedBody => {
  switch (body.kind) {
    case "book":
      return { kind: "book", bids: sideOf(body.bids, 1), asks: sideOf(body.asks, -1) }
    case "news":
      return { kind: "news", document: { ...body.document, score: scoreText(body.document.text), scorer } }
    default:
      return body
  }
}

const given = (value: number | undefined) => value === undefined || Number.isNaN(value) ? undefined : value

/** The quotes of a batch as single events. */
const quotesOf = (batch: QuoteBatch): ReadonlyArray<TimedEvent> =>
  batch.market.map((market, row) => ({
    availableAt: Instant(batch.availableAt[row] ?? NaN),
    event: {
      market,
      source: undefined,
      eventTime: Instant(batch.eventTime[row] ?? NaN),
      body: {
        kind: "quote",
        bestBid: given(batch.bestBid[row]),
        bestAsk: given(batch.bestAsk[row]),
        volume24h: given(batch.volume24h[row])
      }
    }
  }))

const inLogOrder = (events: ReadonlyArray<PlainEvent>): ReadonlyArray<PlainEvent> =>
  [...events].sort((a, b) => a.availableAt - b.availableAt || a.sequence - b.sequence)

const isIn = ({ after, from, markets, to }: LogRange) => (event: PlainEvent) =>
  event.sequence > (after ?? 0) && event.availableAt >= (from ?? 0) && event.availableAt <= (to ?? Infinity) &&
  (markets === undefined || markets.includes(event.market))

/** The log as it is described, on one plain list: slow, and without a storage that could get in the way. */
export class PlainLog {
  events: ReadonlyArray<PlainEvent> = []
  sequence = 0
  appendedAt = 0
  readonly #imports = new Map<string, ImportResult>()

  #add(timed: ReadonlyArray<TimedEvent>): ReadonlyArray<PlainEvent> {
    const added: Array<PlainEvent> = []
    const isKnown = (candidate: MarketEvent) =>
      candidate.body.kind === "news" &&
      [...this.events, ...added].some(({ body, market, source }) =>
        body.kind === "news" && candidate.body.kind === "news" && market === candidate.market &&
        source === candidate.source && body.document.id === candidate.body.document.id
      )
    for (const { availableAt, event } of timed) {
      if (isKnown(event)) continue
      const { eventTime = availableAt, market, source } = event
      added.push({ market, sequence: ++this.sequence, availableAt, eventTime, source, body: keptOf(event) })
    }
    this.events = [...this.events, ...added]
    return added
  }

  append(events: ReadonlyArray<MarketEvent>, at: Instant) {
    this.appendedAt = Math.max(this.appendedAt, at)
    const added = this.#add(events.map((event) => ({ availableAt: at, event })))
    return { sequence: this.sequence, events: added.length, duplicates: events.length - added.length }
  }

  importFile(digest: string, batches: ReadonlyArray<QuoteBatch | EventBatch>): ImportResult {
    const known = this.#imports.get(digest)
    if (known !== undefined) return { ...known, outcome: "known" }
    const timed = batches.flatMap((batch) => batch.kind === "quotes" ? quotesOf(batch) : batch.events)
    const added = this.#add(timed)
    const result: ImportResult = {
      outcome: "appended",
      events: added.length,
      duplicates: timed.length - added.length,
      sequence: this.sequence
    }
    this.#imports.set(digest, result)
    return result
  }

  has(digest: string): boolean {
    return this.#imports.has(digest)
  }

  /** In the log's order. */
  scan(range: LogRange = {}): ReadonlyArray<PlainEvent> {
    return inLogOrder(this.events.filter(isIn(range)))
  }

  read(market: MarketId, range: LogRange = {}): ReadonlyArray<PlainEvent> {
    return this.scan({ ...range, markets: [market] })
  }

  markets(): ReadonlyArray<MarketSummary> {
    return [...new Set(this.events.map((event) => event.market))].sort().map((market) => {
      const times = this.read(market).map((event) => event.availableAt)
      return {
        market,
        events: times.length,
        firstAvailableAt: Instant(times.at(0) ?? 0),
        lastAvailableAt: Instant(times.at(-1) ?? 0)
      }
    })
  }
}

const bodyOf = (market: MarketId, columns: EventColumns, row: number): AppendedBody => {
  const document = columns.kind === "news" ? columns.payload[row] : undefined
  if (document !== undefined) return { kind: "news", document }
  const body = eventOf(market, columns, row)?.body
  if (body === undefined || body.kind === "news") throw new Error(`row ${row} of ${columns.rows} is not there`)
  return body
}

/** Row `row` of columns as a whole event. */
export const plainEvent = (market: MarketId, columns: EventColumns, row: number): PlainEvent => ({
  market,
  sequence: columns.sequence[row] ?? NaN,
  availableAt: columns.availableAt[row] ?? NaN,
  eventTime: columns.eventTime[row] ?? NaN,
  source: columns.source[row],
  body: bodyOf(market, columns, row)
})

export const plainEvents = ({ columns, market }: MarketColumns): ReadonlyArray<PlainEvent> =>
  Array.from({ length: columns.rows }, (_, row) => plainEvent(market, columns, row))

/** As columns, one entry a kind. */
const columnsIn = (events: ReadonlyArray<PlainEvent>): ReadonlyArray<EventColumns> =>
  eventKinds.flatMap((kind) => {
    const own = inLogOrder(events.filter((event) => event.body.kind === kind))
    return own.length === 0 ? [] : [columnsOf(kind, own)]
  })

const appendedTo = (log: PlainLog, events: ReadonlyArray<MarketEvent>, at: Instant): Appended => {
  const before = log.sequence
  const appended = log.append(events, at)
  const added = log.scan({ after: before })
  const kinds = eventKinds.flatMap((kind) => {
    const own = added.filter((event) => event.body.kind === kind)
    return own.length === 0 ? [] : [{ market: own.map(({ market }) => market), columns: columnsOf(kind, own) }]
  })
  return appendedOf({ ...appended, kinds })
}

/** The plain list behind the interface of the log. */
export const plainEventLog = Layer.sync(EventLog, () => {
  const log = new PlainLog()
  return EventLog.of({
    append: (events, at) => Effect.sync(() => appendedTo(log, events, at)),
    importFile: ({ digest }, batches) =>
      log.has(digest)
        ? Effect.sync(() => log.importFile(digest, []))
        : Effect.map(
          Stream.runCollect(batches),
          (all) => log.importFile(digest, Chunk.toReadonlyArray(all))
        ),
    read: (market, range) =>
      Effect.sync(() => ({ columns: columnsIn(log.read(market, range)), watermark: log.sequence })),
    scan: (range) =>
      Stream.unwrap(Effect.sync(() =>
        Stream.fromIterable(log.scan(range)).pipe(
          Stream.map((event) => ({ market: event.market, columns: columnsOf(event.body.kind, [event]), row: 0 }))
        )
      )),
    markets: Effect.sync(() => log.markets()),
    watermark: Effect.sync(() => log.sequence),
    appendedAt: Effect.sync(() => log.appendedAt),
    completeSince: Effect.succeed(0)
  })
})
