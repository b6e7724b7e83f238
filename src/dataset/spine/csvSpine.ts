import { Effect, Stream } from "effect"
import { CsvReader } from "../../importer/csvRecords.js"
import type { ImportRejected } from "../../importer/ImportRejected.js"
import type { Block } from "../../importer/LineBlocks.js"
import { wholeLine } from "../../importer/Parsed.js"
import type { SourceFile } from "../../importer/SourceFile.js"
import { blocksOfText } from "../files/textBlocks.js"
import { rejected, rejectedAs } from "../rejected.js"
import { carriedNames } from "./checkRows.js"
import { type RawRows, spineHint } from "./Spine.js"

/** Reads a spine of CSV record by record: a header, then rows of as many cells, all of them text. */
class CsvSpine {
  readonly #file: string
  readonly #reader = new CsvReader()
  #names: ReadonlyArray<string> | undefined

  constructor(file: string) {
    this.#file = file
  }

  read(block: Block): Effect.Effect<RawRows, ImportRejected> {
    return Effect.gen(this, function*() {
      const { records: all, refused: [bad], unclosed } = this.#reader.read(block)
      if (bad !== undefined) {
        const { line, problem: { actual, expected, field } } = bad
        return yield* rejected(this.#file, { line, field, expected, actual, hint: spineHint })
      }
      if (unclosed !== undefined) return yield* this.#unclosed(unclosed)
      const [first] = all
      const isFirst = this.#names === undefined
      if (isFirst && first !== undefined) {
        yield* carriedNames(this.#file, first.cells, first.line)
        this.#names = first.cells
      }
      const names = this.#names ?? []
      const records = isFirst ? all.slice(1) : all
      const torn = records.find(({ cells }) => cells.length !== names.length)
      if (torn !== undefined) {
        const { cells, line } = torn
        const expected = `${names.length} cells, as the header has`
        return yield* rejected(this.#file, { line, field: wholeLine, expected, actual: cells.length, hint: spineHint })
      }
      const columns = new Map(
        names.map((name, index) => [name, records.map(({ cells }) => cells[index] ?? "")] as const)
      )
      return {
        rows: records.length,
        market: columns.get("market") ?? [],
        timestamp: columns.get("timestamp") ?? [],
        carried: columns,
        unit: "line" as const,
        lineOf: (row: number) => records[row]?.line ?? 0
      }
    })
  }

  /** At the end of the file. */
  finish(): Effect.Effect<void, ImportRejected> {
    const unclosed = this.#reader.unclosed()
    if (unclosed !== undefined) return this.#unclosed(unclosed)
    return this.#names === undefined
      ? rejectedAs(this.#file, "no line", { expected: "a header line with market and timestamp", hint: spineHint })
      : Effect.void
  }

  /** What the header names besides the key. */
  carried(): ReadonlyArray<string> {
    return (this.#names ?? []).filter((name) => name !== "market" && name !== "timestamp")
  }

  #unclosed(line: number) {
    const expected = "a quoted cell that ends with a quote before a comma or the line's end"
    return rejectedAs(this.#file, "one that does not", { line, field: wholeLine, expected, hint: spineHint })
  }
}

/** The rows of a CSV file; `onNames` is told what its header names besides the key. */
export const csvRows = (source: SourceFile, onNames: (names: ReadonlyArray<string>) => void) =>
  Stream.suspend(() => {
    const spine = new CsvSpine(source.path)
    return blocksOfText(source, spineHint).pipe(
      Stream.mapEffect((block) => Effect.tap(spine.read(block), () => Effect.sync(() => onNames(spine.carried())))),
      Stream.concat(Stream.drain(Stream.fromEffect(Effect.suspend(() => spine.finish()))))
    )
  })
