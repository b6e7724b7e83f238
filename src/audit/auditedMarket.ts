import { Effect } from "effect"
import type { EventColumns } from "../domain/EventColumns.js"
import type { MarketId } from "../domain/MarketId.js"
import { EventLog } from "../store/EventLog.js"
import { instantsIn } from "./position.js"
import { holding } from "./variantLog.js"

/** A market whose history an audit replays in other ways. */
export interface AuditedMarket {
  readonly market: MarketId
  readonly columns: ReadonlyArray<EventColumns>
  /** the instants of its events, ascending */
  readonly instants: Float64Array
  /** a log that holds these events of the market */
  readonly log: EventLog["Type"]
}

export const readAudited = (market: MarketId) =>
  Effect.gen(function*() {
    const log = yield* EventLog
    const { columns } = yield* log.read(market)
    const audited: AuditedMarket = {
      market,
      columns,
      instants: instantsIn(columns),
      log: holding(log, market, columns)
    }
    return audited
  })
