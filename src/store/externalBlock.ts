import { Effect } from "effect"
import type { MarketId } from "../domain/MarketId.js"
import type { GroupAnswer, ScalarValue } from "../features/FeatureVector.js"
import type { ExternalGroup } from "../features/Group.js"
import { Reason } from "../features/Reason.js"
import { externalScalar } from "./externalGroups.js"
import type { FeatureRepository, StoredExternal } from "./FeatureRepository.js"

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

/** From when on a value may be in force: it is about no later instant, and was known. */
const visibleAt = ({ availableAt, timestamp }: StoredExternal): number => Math.max(availableAt, timestamp)

/** The newest timestamp wins, then the newest availableAt, then the last stored. */
const supersedes = (a: StoredExternal, b: StoredExternal): boolean =>
  a.timestamp !== b.timestamp
    ? a.timestamp > b.timestamp
    : a.availableAt !== b.availableAt
    ? a.availableAt > b.availableAt
    : a.sequence > b.sequence

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
  Effect.map(repository.externalHistory(group, market), (stored) => {
    const { features } = group
    for (const { index, name, type } of features) {
      const own = stored.filter(({ feature, sequence }) => feature === name && sequence <= upTo)
        .sort((a, b) => visibleAt(a) - visibleAt(b))
      let inForce: StoredExternal | undefined = undefined
      let next = 0
      for (let i = 0; i < rows.length; i++) {
        const row = rows[i] ?? 0
        const at = timestamp[row] ?? NaN
        for (let one = own[next]; one !== undefined && visibleAt(one) <= at; one = own[++next]) {
          if (inForce === undefined || supersedes(one, inForce)) inForce = one
        }
        if (inForce === undefined) continue
        const slot = row * features.length + index
        out.values[slot] = externalScalar(type, inForce.value)
        out.reasons[slot] = Reason.known
        out.bornAt[slot] = inForce.timestamp
        out.neededAt[slot] = inForce.timestamp
      }
    }
  })
