import { Either } from "effect"
import { expectedInstant } from "../../domain/Instant.js"
import { expectedMarketId, type MarketId } from "../../domain/MarketId.js"
import type { ImportRejected } from "../../importer/ImportRejected.js"
import { instantOf, type MarketIds } from "../../importer/quoteCells.js"
import { type Cell, type Column, keyColumns } from "../columns.js"
import { rejected } from "../rejected.js"
import { type RawRows, type SpineBlock, spineHint } from "./Spine.js"

/** Rows as answers need them, or the first one that is refused. */
export const checkRows = (
  file: string,
  { carried, lineOf, market, rows, timestamp, unit }: RawRows,
  columns: ReadonlyArray<Column>,
  ids: MarketIds
): Either.Either<SpineBlock, ImportRejected> => {
  const markets: Array<MarketId> = []
  const timestamps = new Float64Array(rows)
  for (let row = 0; row < rows; row++) {
    const id = ids.get(market[row])
    const at = instantOf(timestamp[row])
    if (id === undefined || !(at >= 0)) {
      const [field, expected, actual] = id === undefined
        ? ["market", expectedMarketId, market[row]] as const
        : ["timestamp", expectedInstant, timestamp[row]] as const
      return Either.left(rejected(file, { line: lineOf(row), unit, field, expected, actual, hint: spineHint }))
    }
    markets.push(id)
    timestamps[row] = at
  }
  const nulls: ReadonlyArray<Cell> = new Array<Cell>(rows).fill(null)
  return Either.right({ markets, timestamps, carried: columns.map(({ name }) => carried.get(name) ?? nulls) })
}

/** The columns of a header apart from the key, each of which must be there once, under a name. */
export const carriedNames = (
  file: string,
  names: ReadonlyArray<string>,
  line: number | undefined
): Either.Either<ReadonlyArray<string>, ImportRejected> => {
  for (const { name } of keyColumns) {
    if (!names.includes(name)) {
      const expected = `a column named ${name}`
      return Either.left(rejected(file, { line, field: name, expected, actual: names.join(","), hint: spineHint }))
    }
  }
  for (const [index, name] of names.entries()) {
    if (name === "" || names.indexOf(name) < index) {
      const expected = "every column under a name of its own"
      const field = `column ${index + 1}`
      return Either.left(rejected(file, { line, field, expected, actual: name, hint: spineHint }))
    }
  }
  return Either.right(names.filter((name) => !keyColumns.some((key) => key.name === name)))
}
