import type { AnswerBlock } from "../features/answer.js"
import { type Status, statusOf } from "../features/FeatureVector.js"
import { Reason, reasonOf } from "../features/Reason.js"
import type { Column as Asked } from "../features/reference.js"
import type { SpineAnswers } from "../store/answerBlock.js"
import type { Cell } from "./columns.js"
import type { ManifestColumn } from "./Manifest.js"

/** What a dataset shows of answers. */
export interface FeatureOptions {
  /** STALE values stay in the dataset; else they are null */
  readonly keepStale: boolean
  /** status, reason and age beside every value */
  readonly withStatus: boolean
}

/** A column before its counts. */
export type DefinedColumn = Pick<ManifestColumn, "name" | "type" | "role" | "feature">

/** The columns of one requested feature. */
const columnsOf = <R>({ feature, group, key }: Asked<R>, withStatus: boolean): ReadonlyArray<DefinedColumn> => {
  const external = group.kind === "external" ? group.features[feature.index] : undefined
  const value: DefinedColumn = {
    name: key,
    type: external?.type ?? "float",
    role: "feature",
    feature: {
      group: group.name,
      version: group.version,
      feature: feature.name,
      unit: feature.unit,
      fingerprint: group.fingerprint,
      max_age_ms: group.maxAgeMillis ?? null
    }
  }
  return !withStatus ? [value] : [
    value,
    { name: `${key}.status`, type: "string", role: "status" },
    { name: `${key}.reason`, type: "string", role: "reason" },
    { name: `${key}.age_ms`, type: "int", role: "age" }
  ]
}

/** What became of one feature's values. */
interface Tally {
  stale: number
  /** by code */
  readonly reasons: Float64Array
}

/** The same of all features, by key. */
export type Tallies = ReadonlyMap<string, Tally>

const noTallies = <R>(asked: ReadonlyArray<Asked<R>>): Tallies =>
  new Map(asked.map(({ key }) => [key, { stale: 0, reasons: new Float64Array(Object.keys(Reason).length) }]))

/** Turns answers into the columns of a dataset, and counts what is null and why. */
export class FeatureColumns<R> {
  readonly defined: ReadonlyArray<DefinedColumn>
  readonly #asked: ReadonlyArray<Asked<R>>
  readonly #options: FeatureOptions
  #tallies: Tallies

  constructor(asked: ReadonlyArray<Asked<R>>, options: FeatureOptions) {
    this.#asked = asked
    this.#options = options
    this.defined = asked.flatMap((one) => columnsOf(one, options.withStatus))
    this.#tallies = noTallies(asked)
  }

  /** What was counted since it was last taken. */
  takeTallies(): Tallies {
    const tallies = this.#tallies
    this.#tallies = noTallies(this.#asked)
    return tallies
  }

  /** Adds what was counted elsewhere. */
  addTallies(further: Tallies): void {
    for (const [key, { reasons, stale }] of further) {
      const tally = this.#tallies.get(key)
      if (tally === undefined) continue
      tally.stale += stale
      for (let code = 0; code < reasons.length; code++) {
        tally.reasons[code] = (tally.reasons[code] ?? 0) + (reasons[code] ?? 0)
      }
    }
  }

  /** The cells of a block of rows, column by column as `defined` names them. */
  cells({ groups }: SpineAnswers, timestamps: Float64Array): ReadonlyArray<ReadonlyArray<Cell>> {
    return this.#asked.flatMap((column) => {
      const answers = groups.get(column.group.id)
      return answers === undefined ? [] : this.#feature(column, answers, timestamps)
    })
  }

  #feature(
    { feature: { index }, group, key }: Asked<R>,
    { bornAt, neededAt, reasons, values }: AnswerBlock,
    timestamps: Float64Array
  ): ReadonlyArray<ReadonlyArray<Cell>> {
    const { keepStale, withStatus } = this.#options
    const width = group.features.length
    const tally = this.#tallies.get(key) ?? { stale: 0, reasons: new Float64Array() }
    const value: Array<Cell> = []
    const status: Array<Status> = []
    const reason: Array<Cell> = []
    const age: Array<Cell> = []
    for (let row = 0; row < timestamps.length; row++) {
      const slot = row * width + index
      const at = timestamps[row] ?? NaN
      const code = reasons[slot] ?? Reason.no_data
      const found = statusOf(code, group, neededAt[slot] ?? NaN, at)
      if (found === "STALE") tally.stale++
      if (code !== Reason.known) tally.reasons[code] = (tally.reasons[code] ?? 0) + 1
      value.push(found === "PRESENT" || (keepStale && found === "STALE") ? values[slot] ?? null : null)
      if (!withStatus) continue
      const born = bornAt[slot] ?? NaN
      status.push(found)
      reason.push(reasonOf(code) ?? null)
      age.push(Number.isNaN(born) ? null : at - born)
    }
    return withStatus ? [value, status, reason, age] : [value]
  }

  /** Why values of a feature were null, and how many were stale. */
  counts(key: string): Pick<ManifestColumn, "reasons" | "stale"> {
    const tally = this.#tallies.get(key)
    if (tally === undefined) return {}
    const reasons = [...tally.reasons.entries()].flatMap(([code, count]) => {
      const name = reasonOf(code)
      return name === undefined || count === 0 ? [] : [[name, count] as const]
    })
    return { stale: tally.stale, reasons: Object.fromEntries(reasons) }
  }
}
