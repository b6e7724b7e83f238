import { Effect, Layer, Stream } from "effect"
import { Instant } from "../domain/Instant.js"
import { rowsUpTo } from "../domain/mergeColumns.js"
import { EventLog, type LogRead, type MarketSummary } from "./EventLog.js"

const summaryOf = (market: MarketSummary["market"], { columns }: LogRead): ReadonlyArray<MarketSummary> => {
  const times = columns.flatMap(({ availableAt, rows }) => [availableAt[0] ?? 0, availableAt[rows - 1] ?? 0])
  return columns.length === 0 ? [] : [{
    market,
    events: columns.reduce((sum, { rows }) => sum + rows, 0),
    firstAvailableAt: Instant(Math.min(...times)),
    lastAvailableAt: Instant(Math.max(...times))
  }]
}

/**
 * A log as it stood at a position: what was appended later is not there, however long the reading takes. It is for
 * reading; an append is a defect.
 */
const pinnedLog = (log: EventLog["Type"], position: number): EventLog["Type"] => {
  const watermark = Effect.map(log.watermark, (sequence) => Math.min(sequence, position))
  const read: EventLog["Type"]["read"] = (market, range) =>
    Effect.map(log.read(market, range), (whole) => ({
      watermark: Math.min(whole.watermark, position),
      columns: whole.columns.map((columns) => rowsUpTo(columns, position)).filter(({ rows }) => rows > 0)
    }))
  return {
    append: () => Effect.dieMessage("append to a pinned log"),
    importFile: () => Effect.dieMessage("import into a pinned log"),
    read,
    scan: (range) => Stream.filter(log.scan(range), ({ columns, row }) => (columns.sequence[row] ?? 0) <= position),
    markets: Effect.flatMap(
      log.watermark,
      (sequence) =>
        sequence <= position ? log.markets : Effect.flatMap(log.markets, (summaries) =>
          Effect.map(
            Effect.forEach(summaries, ({ market }) => Effect.map(read(market), (whole) => summaryOf(market, whole))),
            (pinned) => pinned.flat()
          ))
    ),
    watermark,
    appendedAt: log.appendedAt,
    completeSince: log.completeSince
  }
}

/** The log around it as it stood at `position`, inclusive. */
export const PinnedLog = (position: number): Layer.Layer<EventLog, never, EventLog> =>
  Layer.effect(EventLog, Effect.map(EventLog, (log) => pinnedLog(log, position)))
