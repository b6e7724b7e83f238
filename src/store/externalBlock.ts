import { Effect } from "effect"
import type { MarketId } from "../domain/MarketId.js"
import type { GroupAnswer, ScalarValue } from "../features/FeatureVector.js"
import type { ExternalGroup } from "../features/Group.js"
import { Reason } from "../features/Reason.js"
import { externalScalar } from "./externalGroups.js"
import type { ExternalHistory, FeatureRepository } from "./FeatureRepository.js"

/** Slots for answers of an external group, row after row: its values may be texts and truths. */
export interface ScalarSlots extends Omit<GroupAnswer, "computedAt" | "values"> {
  readonly values: Array<ScalarValue>
}

/** Slots in which nothing is known yet. */
export const scalarSlots = (rows: number, width: number): ScalarSlots => ({
  values: new Array<ScalarValue>(rows * width).fill(NaN),
  reasons: new Uint8Array(rows * width).fill(Reason.no_data),
  bornAt: new Float64Array(rows * width).fill(NaN),
  neededAt: new Float64Array(rows * width).fill(NaN)
})

/** From when on each value may be in force: it is about no later instant, and was known. */
const visibleAt = ({ availableAt, timestamp }: ExternalHistory): Float64Array => {
  const visible = new Float64Array(timestamp.length)
  for (let i = 0; i < visible.length; i++) visible[i] = Math.max(availableAt[i] ?? NaN, timestamp[i] ?? NaN)
  return visible
}

/** The values stored up to a position, in the order in which they become visible. */
const byVisibility = ({ sequence }: ExternalHistory, visible: Float64Array, upTo: number): Uint32Array => {
  const order = new Uint32Array(visible.length)
  let length = 0
  let ascending = true
  for (let i = 0; i < visible.length; i++) {
    if ((sequence[i] ?? NaN) > upTo) continue
    ascending &&= length === 0 || (visible[order[length - 1] ?? 0] ?? NaN) <= (visible[i] ?? NaN)
    order[length++] = i
  }
  const own = order.subarray(0, length)
  return ascending ? own : own.sort((a, b) => (visible[a] ?? NaN) - (visible[b] ?? NaN))
}

/**
 * Reads an external group as of many instants of one market: `rows` are rows of a spine in the order of time, each of
 * which gets the values in force at its timestamp, inclusive.
 */
export const readExternalBlock = (
  repository: FeatureRepository["Type"],
  group: ExternalGroup,
  market: MarketId,
  rows: Uint32Array,
  timestamp: Float64Array,
  out: ScalarSlots,
  upTo = Infinity
) =>
  Effect.map(repository.externalHistory(group, market), (histories) => {
    const { features } = group
    for (const { index, name, type } of features) {
      const history = histories.find(({ feature }) => feature === name)
      if (history === undefined) continue
      const visible = visibleAt(history)
      const order = byVisibility(history, visible, upTo)
      // of those that are visible, the last in the history's own order is in force
      let inForce = -1
      let next = 0
      for (let i = 0; i < rows.length; i++) {
        const row = rows[i] ?? 0
        const at = timestamp[row] ?? NaN
        for (; next < order.length; next++) {
          const one = order[next] ?? 0
          if ((visible[one] ?? NaN) > at) break
          if (one > inForce) inForce = one
        }
        if (inForce < 0) continue
        const slot = row * features.length + index
        const about = history.timestamp[inForce] ?? NaN
        out.values[slot] = externalScalar(type, history.value[inForce] ?? NaN)
        out.reasons[slot] = Reason.known
        out.bornAt[slot] = about
        out.neededAt[slot] = about
      }
    }
  })
