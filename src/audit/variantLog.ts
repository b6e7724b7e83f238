import { Effect, Stream } from "effect"
import type { EventColumns } from "../domain/EventColumns.js"
import { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import { mergeColumns, selectRows } from "../domain/mergeColumns.js"
import type { EventLog, LogEntry, LogRange } from "../store/EventLog.js"
import { placesOf } from "./position.js"

/** What a log would hold of a market instead; several entries of one kind are allowed, each in the log's order. */
export type Rewrite = (columns: ReadonlyArray<EventColumns>) => ReadonlyArray<EventColumns>

/** One entry a kind, none empty. */
const byKind = (columns: ReadonlyArray<EventColumns>): ReadonlyArray<EventColumns> => {
  const kinds = new Map<EventColumns["kind"], [EventColumns, ...Array<EventColumns>]>()
  for (const own of columns) {
    if (own.rows === 0) continue
    const known = kinds.get(own.kind)
    if (known === undefined) kinds.set(own.kind, [own])
    else known.push(own)
  }
  return [...kinds.values()].map((parts) => mergeColumns(parts))
}

const inRange = (columns: EventColumns, { after = 0, from = Instant(0), to = Instant(Infinity) }: LogRange) => {
  const order = Array.from({ length: columns.rows }, (_, row) => row).filter((row) => {
    const at = columns.availableAt[row] ?? NaN
    return (columns.sequence[row] ?? 0) > after && at >= from && at <= to
  })
  return order.length === columns.rows ? columns : selectRows(columns, order)
}

const entriesOf = (market: MarketId, columns: ReadonlyArray<EventColumns>): ReadonlyArray<LogEntry> =>
  columns.flatMap((own) => Array.from({ length: own.rows }, (_, row) => ({ market, columns: own, row })))

const orderOf = ({ columns: { availableAt, sequence }, row }: LogEntry) =>
  [availableAt[row] ?? 0, sequence[row] ?? 0] as const

const inLogOrder = (a: LogEntry, b: LogEntry): number => {
  const [[atA, sequenceA], [atB, sequenceB]] = [orderOf(a), orderOf(b)]
  return atA - atB || sequenceA - sequenceB
}

const readOnly = Effect.dieMessage("the log under audit is read only: a feature's service has tried to write to it")

/**
 * A log that reads as if every market's events were others: what services of a user's own are built over, where an audit
 * asks what they make of another future, or of a past that is missing. It costs nothing until it is read. `watermark` is
 * the position that it shows: the highest one of the market under audit, for to know the whole log's would be to read it.
 */
export const variantLog = (log: EventLog["Type"], rewrite: Rewrite, watermark: number): EventLog["Type"] => {
  const columnsOf = (market: MarketId, range: LogRange = {}) =>
    Effect.map(
      log.read(market),
      ({ columns }) => byKind(rewrite(columns)).map((own) => inRange(own, range)).filter(({ rows }) => rows > 0)
    )

  const summaryOf = (market: MarketId) =>
    Effect.map(columnsOf(market), (columns) => {
      const places = placesOf(columns)
      const [first, last] = [places.at(0), places.at(-1)]
      return first === undefined || last === undefined
        ? []
        : [{
          market,
          events: places.length,
          firstAvailableAt: first.available_at,
          lastAvailableAt: last.available_at
        }]
    })
  const markets = Effect.flatMap(
    log.markets,
    (all) => Effect.map(Effect.forEach(all, ({ market }) => summaryOf(market)), (found) => found.flat())
  )

  return {
    append: () => readOnly,
    importFile: () => readOnly,
    read: (market, range) => Effect.map(columnsOf(market, range), (columns) => ({ columns, watermark })),
    scan: (range) =>
      Stream.unwrap(Effect.gen(function*() {
        const wanted = range?.markets ?? (yield* log.markets).map(({ market }) => market)
        const entries = yield* Effect.forEach(wanted, (market) =>
          Effect.map(columnsOf(market, range), (columns) => entriesOf(market, columns)))
        return Stream.fromIterable(entries.flat().sort(inLogOrder))
      })),
    markets,
    watermark: Effect.succeed(watermark),
    appendedAt: Effect.map(markets, (all) => all.reduce((newest, own) => Math.max(newest, own.lastAvailableAt), 0)),
    completeSince: log.completeSince
  }
}

/** The same log, one market of which has been read already. */
export const holding = (
  log: EventLog["Type"],
  market: MarketId,
  columns: ReadonlyArray<EventColumns>
): EventLog["Type"] => ({
  ...log,
  read: (asked, range) =>
    asked === market && range === undefined
      ? Effect.map(log.watermark, (watermark) => ({ columns, watermark }))
      : log.read(asked, range)
})
