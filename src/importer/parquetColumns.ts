import { Either } from "effect"
import type { SchemaTree } from "hyparquet"
import {
  type ColumnMapping,
  type MissingColumn,
  placeColumns,
  type QuoteColumn,
  quoteColumns
} from "./ColumnMapping.js"

/** A column of a Parquet file that quotes are read from. */
export interface ParquetColumn {
  readonly column: QuoteColumn
  /** in the file */
  readonly name: string
  /** digits after the point, of a DECIMAL */
  readonly scale: number | undefined
}

/** What cells are: `single` is a float of 32 bits or fewer, which holds no instant. */
type Kind = "text" | "number" | "single" | "timestamp"

/** By logical type, or else converted type, or else physical type. */
const kinds: Readonly<Record<string, Kind>> = {
  STRING: "text",
  ENUM: "text",
  UTF8: "text",
  BYTE_ARRAY: "text",
  INTEGER: "number",
  NULL: "number",
  DECIMAL: "number",
  INT_8: "number",
  INT_16: "number",
  INT_32: "number",
  INT_64: "number",
  UINT_8: "number",
  UINT_16: "number",
  UINT_32: "number",
  UINT_64: "number",
  INT32: "number",
  INT64: "number",
  DOUBLE: "number",
  FLOAT: "single",
  FLOAT16: "single",
  TIMESTAMP: "timestamp",
  TIMESTAMP_MILLIS: "timestamp",
  TIMESTAMP_MICROS: "timestamp"
}

/** The kind of a column's cells, and what a person calls it. */
const describe = ({ children, element }: SchemaTree): { readonly kind: Kind | undefined; readonly name: string } => {
  const { converted_type: converted, logical_type: logical, repetition_type: repetition, type } = element
  const name = logical?.type ?? converted ?? type ?? "unknown"
  if (children.length > 0 || repetition === "REPEATED") return { kind: undefined, name: "nested values" }
  if (logical?.type === "TIMESTAMP" && !logical.isAdjustedToUTC) {
    return { kind: undefined, name: "TIMESTAMP without a time zone" }
  }
  // the reader scales decimals by their converted type alone
  return { kind: name === "DECIMAL" && converted !== "DECIMAL" ? undefined : kinds[name], name }
}

interface Accepted {
  readonly kinds: ReadonlyArray<Kind>
  readonly expected: string
}

const instants: Accepted = {
  kinds: ["number", "text", "timestamp"],
  expected: "integers in ms, TIMESTAMP adjusted to UTC, or text"
}
const numbers: Accepted = { kinds: ["number", "single", "text"], expected: "numbers or text" }

const accepted: { readonly [Column in QuoteColumn]: Accepted } = {
  available_at: instants,
  event_time: instants,
  market: { kinds: ["text"], expected: "text" },
  best_bid: numbers,
  best_ask: numbers,
  volume_24h: numbers
}

/** Finds the columns of quotes among those of a Parquet file, and checks what they hold. */
export const parquetColumns = (
  { children }: SchemaTree,
  mapping: ColumnMapping
): Either.Either<ReadonlyArray<ParquetColumn>, MissingColumn> =>
  Either.gen(function*() {
    const places = yield* placeColumns(children.map(({ element }) => element.name), mapping)
    const columns: Array<ParquetColumn> = []
    for (const column of quoteColumns) {
      const place = places[column]
      const child = place === undefined ? undefined : children[place]
      if (child === undefined) continue
      const { kind, name } = describe(child)
      const { expected, kinds } = accepted[column]
      if (kind === undefined || !kinds.includes(kind)) {
        return yield* Either.left({
          field: column,
          expected: `a column of ${expected}`,
          actual: `${name} in column ${child.element.name}`,
          hint: `--columns ${column}=NAME names another column`
        })
      }
      columns.push({
        column,
        name: child.element.name,
        scale: name === "DECIMAL" ? child.element.scale ?? 0 : undefined
      })
    }
    return columns
  })
