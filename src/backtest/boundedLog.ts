import { Effect } from "effect"
import { Instant } from "../domain/Instant.js"
import type { EventLog, LogRange, MarketSummary } from "../store/EventLog.js"
import { StorageFailure } from "../store/StorageFailure.js"

/** How far a backtest has come. */
export interface Progress {
  readonly now: () => Instant
  /** the highest log position seen */
  readonly sequence: () => number
  /** of the markets that are known by now */
  readonly markets: () => ReadonlyArray<MarketSummary>
}

/** The log as it stood at the simulated now: a strategy that reads it sees nothing later, and writes nothing. */
export const boundedLog = (log: EventLog["Type"], progress: Progress): EventLog["Type"] => {
  const refused = (operation: string) =>
    new StorageFailure({ operation, cause: "a backtest does not write to the log it replays" })
  const upToNow = (range: LogRange = {}): LogRange => ({
    ...range,
    to: Instant(Math.min(progress.now(), range.to ?? Infinity))
  })
  return {
    append: () => refused("append events"),
    importFile: (file) => refused(`import ${file.name}`),
    read: (market, range) =>
      Effect.suspend(() =>
        Effect.map(log.read(market, upToNow(range)), ({ columns }) => ({ columns, watermark: progress.sequence() }))
      ),
    scan: (range) => log.scan(upToNow(range)),
    markets: Effect.sync(progress.markets),
    watermark: Effect.sync(progress.sequence),
    appendedAt: Effect.sync(progress.now),
    completeSince: log.completeSince
  }
}
