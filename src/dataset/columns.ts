import { Schema } from "effect"

/** Of columns with instants at another unit or clock than this project's: carried through as a spine has them. */
const timestampTypes = [
  "timestamp[ms]",
  "timestamp[us]",
  "timestamp[ns]",
  "timestamp[ms, UTC]",
  "timestamp[us, UTC]",
  "timestamp[ns, UTC]"
] as const
export type TimestampType = typeof timestampTypes[number]

/** What a column of a dataset holds. Every column may hold nulls, except the key (market, timestamp). */
export const ColumnType = Schema.Literal("float", "int", "bool", "string", ...timestampTypes)
export type ColumnType = typeof ColumnType.Type

export const isTimestampType = Schema.is(Schema.Literal(...timestampTypes))

/** Unit and clock of a timestamp column. */
export const timestampOf = (type: TimestampType) => {
  const unit = type.slice(10, 12)
  return { unit: unit === "ms" || unit === "us" ? unit : "ns", isUtc: type.endsWith("UTC]") } as const
}

/** One value: `int` is a number where it is safe, else a bigint; timestamps are bigints in their unit. */
export type Cell = string | number | bigint | boolean | null

export interface Column {
  readonly name: string
  readonly type: ColumnType
}

/** Some rows of a table: one array a column, all of one length. */
export interface Batch {
  readonly rows: number
  readonly columns: ReadonlyArray<ReadonlyArray<Cell>>
}

/** The columns that every spine and dataset begins with; `timestamp` is in integer milliseconds UTC in every format. */
export const keyColumns = [
  { name: "market", type: "string" },
  { name: "timestamp", type: "int" }
] as const satisfies ReadonlyArray<Column>

/** Rows handled at a time: a row group of Parquet, a record batch of Arrow, the unit of answering. */
export const blockRows = 32_768

/** Digits below the second of a timestamp's unit. */
const fractionDigits = { ms: 3, us: 6, ns: 9 } as const

/** A carried timestamp as text formats have it: ISO 8601 with all digits of its unit. */
export const isoOf = (type: TimestampType, value: bigint): string => {
  const { isUtc, unit } = timestampOf(type)
  const perSecond = 10n ** BigInt(fractionDigits[unit])
  const below = ((value % perSecond) + perSecond) % perSecond
  const seconds = new Date(Number((value - below) / perSecond) * 1000).toISOString().slice(0, -5)
  return `${seconds}.${String(below).padStart(fractionDigits[unit], "0")}${isUtc ? "Z" : ""}`
}

/** The timestamp that `isoOf` wrote. */
export const timestampFrom = (type: TimestampType, text: string): bigint | undefined => {
  const { unit } = timestampOf(type)
  const [, seconds = "", fraction = ""] = /^(.*)\.(\d+)Z?$/u.exec(text) ?? []
  const millis = Date.parse(`${seconds}Z`)
  return Number.isNaN(millis) || fraction.length !== fractionDigits[unit]
    ? undefined
    : BigInt(millis / 1000) * 10n ** BigInt(fractionDigits[unit]) + BigInt(fraction)
}
