import { Either, Stream } from "effect"
import { type ColumnMapping, type ColumnPlaces, placeColumns, type QuoteColumn, quoteColumns } from "./ColumnMapping.js"
import { CsvReader, type CsvRecord } from "./csvRecords.js"
import { fileRejected, type ImportRejected } from "./ImportRejected.js"
import type { Block } from "./LineBlocks.js"
import { type Parsed, type Refusal, wholeLine } from "./Parsed.js"
import { type Cells, MarketIds, readQuotes } from "./quoteCells.js"

interface Header {
  readonly cells: number
  readonly places: ColumnPlaces
}

const cellsOf = (records: ReadonlyArray<CsvRecord>, { places }: Header) => {
  const columns: { [Column in QuoteColumn]?: Cells } = {}
  for (const column of quoteColumns) {
    const place = places[column]
    if (place !== undefined) columns[column] = records.map(({ cells }) => cells[place])
  }
  return { rows: records.length, columns }
}

/** Reads a CSV file of quotes: a header, then one quote a record. Columns that no quote has are ignored. */
class CsvQuotes {
  readonly #file: string
  readonly #mapping: ColumnMapping
  readonly #reader = new CsvReader()
  readonly #markets = new MarketIds()
  #header: Header | undefined

  constructor(file: string, mapping: ColumnMapping) {
    this.#file = file
    this.#mapping = mapping
  }

  read(block: Block): Parsed {
    const { records: all, refused: unreadable, textOf, unclosed } = this.#reader.read(block)
    const first = all[0]
    const isFirst = this.#header === undefined
    if (isFirst && first !== undefined) {
      const places = placeColumns(first.cells, this.#mapping)
      if (Either.isLeft(places)) return this.#broken(fileRejected(this.#file, { line: first.line, ...places.left }))
      this.#header = { cells: first.cells.length, places: places.right }
    }
    const header = this.#header ?? { cells: 0, places: {} }
    const refused: Array<Refusal> = [...unreadable]
    const records = (isFirst ? all.slice(1) : all).filter((record) => {
      if (record.cells.length === header.cells) return true
      const expected = `${header.cells} cells, as the header has`
      refused.push({
        line: record.line,
        problem: { field: wholeLine, expected, actual: record.cells.length, hint: undefined },
        text: textOf(record)
      })
      return false
    })
    const quotes = readQuotes(cellsOf(records, header), this.#markets)
    for (const [row, problem] of quotes.refused) {
      const record = records[row]
      if (record !== undefined) refused.push({ line: record.line, problem, text: textOf(record) })
    }
    return {
      batch: quotes.batch,
      refused: refused.sort((a, b) => a.line - b.line),
      broken: unclosed === undefined ? undefined : this.#unclosed(unclosed)
    }
  }

  finish(): Parsed {
    const unclosed = this.#reader.unclosed()
    return this.#broken(
      unclosed !== undefined
        ? this.#unclosed(unclosed)
        : this.#header === undefined
        ? fileRejected(this.#file, { expected: "a header line and quotes", actual: "no line" })
        : undefined
    )
  }

  #broken(broken: ImportRejected | undefined): Parsed {
    return { batch: readQuotes({ rows: 0, columns: {} }, this.#markets).batch, refused: [], broken }
  }

  #unclosed(line: number): ImportRejected {
    return fileRejected(this.#file, {
      line,
      field: wholeLine,
      expected: "a quoted cell that ends with a quote before a comma or the line's end",
      actual: "one that does not",
      hint: "where its record ends is unknown, so --skip-invalid does not help"
    })
  }
}

/** The quotes of a CSV file, from its lines. */
export const csvQuotes = <E, R>(
  blocks: Stream.Stream<Block, E, R>,
  file: string,
  mapping: ColumnMapping
): Stream.Stream<Parsed, E, R> =>
  Stream.suspend(() => {
    const quotes = new CsvQuotes(file, mapping)
    return Stream.concat(Stream.map(blocks, (block) => quotes.read(block)), Stream.sync(() => quotes.finish()))
  })
