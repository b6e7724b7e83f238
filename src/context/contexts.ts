import { Layer } from "effect"
import type { Instant } from "../domain/Instant.js"
import { HistoricalClock } from "./HistoricalClock.js"
import { LiveClock } from "./LiveClock.js"
import { LiveMarketSource } from "./LiveMarketSource.js"
import { SnapshotSource } from "./SnapshotSource.js"

/** The present: the machine's time and the live feed. `historyMillis`: the longest window that features declare. */
export const LiveContext = (historyMillis: number) => Layer.provideMerge(LiveMarketSource(historyMillis), LiveClock)

/** The past: a clock that the replay moves, and what the log recorded. It provides what `LiveContext` provides. */
export const HistoricalContext = (start: Instant) => Layer.merge(SnapshotSource, HistoricalClock(start))
