import { Either } from "effect"
import { type FieldProblem, nearest } from "../domain/problems.js"

/** The columns of a quotes file, in the order in which their problems are reported. */
export const quoteColumns = [
  "available_at",
  "market",
  "event_time",
  "best_bid",
  "best_ask",
  "volume_24h"
] as const

export type QuoteColumn = typeof quoteColumns[number]

/** What each column is called in the file, where that differs; a column named here must be in the file. */
export type ColumnMapping = { readonly [Column in QuoteColumn]?: string | undefined }

const optional: ReadonlySet<string> = new Set<QuoteColumn>(["event_time", "volume_24h"])

const isQuoteColumn = (name: string): name is QuoteColumn => quoteColumns.some((column) => column === name)

const refused = (expected: string, actual: string, hint?: string): Either.Either<never, FieldProblem> =>
  Either.left({ field: "columns", expected, actual, hint })

/**
 * Reads `available_at=ts_ms,market=slug`: this project's name first, then the file's. Names of a file that contain a
 * comma cannot be written this way; blanks around names are cut.
 */
export const parseColumnMapping = (text: string): Either.Either<ColumnMapping, FieldProblem> => {
  const mapping: { [Column in QuoteColumn]?: string } = {}
  for (const pair of text.split(",")) {
    const at = pair.indexOf("=")
    const [column, name] = at < 0 ? [pair.trim(), ""] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()]
    if (column === "" || name === "") return refused("COLUMN=NAME, separated by commas", pair)
    if (!isQuoteColumn(column)) {
      return refused(
        `one of ${quoteColumns.join(", ")} before the =`,
        column,
        isQuoteColumn(name) ? `write ${name}=${column}` : nearest(column, quoteColumns)
      )
    }
    if (mapping[column] !== undefined) return refused(`${column} once`, text)
    mapping[column] = name
  }
  return Either.right(mapping)
}

/** One text for all mappings that mean the same, to tell files apart that are read differently. */
export const canonicalMapping = (mapping: ColumnMapping): string =>
  JSON.stringify(quoteColumns.map((column) => mapping[column] ?? column))

/** Where each column stands in the file; absent where it is optional and not there. */
export type ColumnPlaces = { readonly [Column in QuoteColumn]?: number | undefined }

/** What a file lacks, as an error message needs it. */
export interface MissingColumn {
  readonly field: QuoteColumn
  readonly expected: string
  readonly actual: string
  readonly hint: string
}

const mostNames = 40

const listNames = (names: ReadonlyArray<string>): string =>
  names.length === 0
    ? "no columns"
    : `columns ${names.slice(0, mostNames).join(", ")}${names.length > mostNames ? " and more" : ""}`

/** Finds the columns in a file's header. Columns that no quote has are ignored. */
export const placeColumns = (
  header: ReadonlyArray<string>,
  mapping: ColumnMapping
): Either.Either<ColumnPlaces, MissingColumn> => {
  const places: { [Column in QuoteColumn]?: number } = {}
  for (const column of quoteColumns) {
    const name = mapping[column] ?? column
    const at = header.indexOf(name)
    if (at < 0 && mapping[column] === undefined && optional.has(column)) continue
    if (at < 0 || header.indexOf(name, at + 1) >= 0) {
      return Either.left({
        field: column,
        expected: `one column named ${name}`,
        actual: listNames(header),
        hint: at >= 0
          ? "rename one of them"
          : nearest(name, header) ?? `--columns ${column}=NAME says which column it is`
      })
    }
    places[column] = at
  }
  return Either.right(places)
}
