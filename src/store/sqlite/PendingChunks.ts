import { columnsOf, type PlacedEvent } from "../../domain/columnsOf.js"
import type { EventKind } from "../../domain/Event.js"
import type { EventColumns } from "../../domain/EventColumns.js"
import { Growable } from "../../domain/Growable.js"
import type { MarketId } from "../../domain/MarketId.js"
import { sortRows } from "../../domain/mergeColumns.js"
import type { MarketColumns, QuoteBatch } from "../EventLog.js"

/** Rows of a full chunk: large enough for columns to pay, small enough to read one for a short range. */
export const chunkRows = 4_096

/** Rows held back while an import waits for chunks to fill; beyond it all are written, full or not. */
const mostPending = 4_000_000

/** Quotes come in bulk, so they are gathered column by column and never as objects. */
class PendingQuotes {
  readonly sequence = new Growable()
  readonly availableAt = new Growable()
  readonly eventTime = new Growable()
  readonly bestBid = new Growable()
  readonly bestAsk = new Growable()
  readonly volume24h = new Growable()

  columns(): EventColumns {
    return {
      kind: "quote",
      rows: this.sequence.length,
      sequence: this.sequence.toArray(),
      availableAt: this.availableAt.toArray(),
      eventTime: this.eventTime.toArray(),
      source: new Array<undefined>(this.sequence.length).fill(undefined),
      bestBid: this.bestBid.toArray(),
      bestAsk: this.bestAsk.toArray(),
      volume24h: this.volume24h.toArray()
    }
  }
}

/** Gathers placed events by market and kind until there is a chunk's worth of them. */
export class PendingChunks {
  readonly #quotes = new Map<MarketId, PendingQuotes>()
  readonly #others = new Map<MarketId, Map<EventKind, Array<PlacedEvent>>>()
  #full: Array<MarketColumns> = []
  #rows = 0

  add(market: MarketId, event: PlacedEvent): void {
    const { kind } = event.body
    const kinds = this.#others.get(market) ?? new Map<EventKind, Array<PlacedEvent>>()
    const events = kinds.get(kind) ?? []
    events.push(event)
    kinds.set(kind, events)
    this.#others.set(market, kinds)
    this.#rows++
    if (events.length === chunkRows) {
      this.#full.push({ market, columns: sortRows(columnsOf(kind, events)) })
      kinds.delete(kind)
    }
  }

  /** Row `row` of a batch of quotes, as the `sequence`-th event of the log. */
  addQuote(batch: QuoteBatch, row: number, sequence: number): void {
    const market = batch.market[row]
    if (market === undefined) return
    const quotes = this.#quotes.get(market) ?? new PendingQuotes()
    if (quotes.sequence.length === 0) this.#quotes.set(market, quotes)
    quotes.sequence.push(sequence)
    quotes.availableAt.push(batch.availableAt[row] ?? NaN)
    quotes.eventTime.push(batch.eventTime[row] ?? NaN)
    quotes.bestBid.push(batch.bestBid[row] ?? NaN)
    quotes.bestAsk.push(batch.bestAsk[row] ?? NaN)
    quotes.volume24h.push(batch.volume24h[row] ?? NaN)
    this.#rows++
    if (quotes.sequence.length === chunkRows) {
      this.#full.push({ market, columns: sortRows(quotes.columns()) })
      this.#quotes.delete(market)
    }
  }

  /** The chunks that are full by now; all of them where too much is held back. */
  takeFull(): ReadonlyArray<MarketColumns> {
    if (this.#rows >= mostPending) return this.takeAll()
    const full = this.#full
    this.#full = []
    for (const { columns } of full) this.#rows -= columns.rows
    return full
  }

  /** Everything, full or not. */
  takeAll(): ReadonlyArray<MarketColumns> {
    const all = this.#full
    this.#full = []
    this.#rows = 0
    for (const [market, quotes] of this.#quotes) all.push({ market, columns: sortRows(quotes.columns()) })
    for (const [market, kinds] of this.#others) {
      for (const [kind, events] of kinds) all.push({ market, columns: sortRows(columnsOf(kind, events)) })
    }
    this.#quotes.clear()
    this.#others.clear()
    return all
  }
}
