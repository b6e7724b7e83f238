import type { Status } from "../features/FeatureVector.js"
import type { Column } from "../features/reference.js"

/** How often each status of one feature was served, and how old its last value was. */
export class Tally {
  PRESENT = 0
  STALE = 0
  NULL = 0
  MISSING = 0
  /** of the value served last, in ms; NaN where none was */
  ageMillis = NaN

  constructor(readonly feature: string, readonly version: string) {}

  note(status: Status, ageMillis: number): void {
    this[status]++
    // what was never known has no age
    if (ageMillis === ageMillis) this.ageMillis = ageMillis
  }
}

/** What was served of each feature: plain counters beside the requests, read when metrics are asked for. */
export class ServedTally {
  readonly #tallies = new Map<string, Tally>()

  of({ feature, group }: Column<unknown>): Tally {
    const key = `${group.id}.${feature.name}`
    const known = this.#tallies.get(key) ?? new Tally(`${group.name}.${feature.name}`, group.version)
    this.#tallies.set(key, known)
    return known
  }

  all(): Iterable<Tally> {
    return this.#tallies.values()
  }
}
