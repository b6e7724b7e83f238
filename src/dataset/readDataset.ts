import { Effect, Stream } from "effect"
import type { Cell } from "./columns.js"
import type { Manifest, ManifestColumn } from "./Manifest.js"
import { openDataset } from "./openDataset.js"

/** Numbers of a feature, row by row; NaN where it is null. A bool is 1 or 0. */
export interface NumberColumn {
  readonly key: string
  readonly type: "float" | "int" | "bool"
  readonly values: Float64Array
}

/** Texts of a feature, row by row. */
export interface TextColumn {
  readonly key: string
  readonly type: "string"
  readonly values: ReadonlyArray<string | null>
}

/** The features of a dataset as columns. */
export interface ReadDataset {
  readonly manifest: Manifest
  readonly markets: ReadonlyArray<string>
  /** instants */
  readonly timestamps: Float64Array
  readonly columns: ReadonlyArray<NumberColumn | TextColumn>
}

/** Fills the places of a column from one batch after the other. */
interface Filling {
  readonly place: number
  readonly take: (cells: ReadonlyArray<Cell>, from: number) => void
}

const numbers = (place: number, rows: number): Filling & { readonly values: Float64Array } => {
  const values = new Float64Array(rows).fill(NaN)
  const take: Filling["take"] = (cells, from) => {
    for (let row = 0; row < cells.length; row++) {
      const cell = cells[row]
      if (cell !== null && cell !== undefined) values[from + row] = Number(cell)
    }
  }
  return { place, take, values }
}

const texts = (place: number, rows: number): Filling & { readonly values: ReadonlyArray<string | null> } => {
  const values = new Array<string | null>(rows).fill(null)
  const take: Filling["take"] = (cells, from) => {
    for (let row = 0; row < cells.length; row++) {
      const cell = cells[row]
      values[from + row] = typeof cell === "string" ? cell : null
    }
  }
  return { place, take, values }
}

const featureColumn = ({ name: key, type }: ManifestColumn, place: number, rows: number) => {
  if (type === "string") {
    const own = texts(place, rows)
    return { filling: own, column: { key, type, values: own.values } satisfies TextColumn }
  }
  const own = numbers(place, rows)
  const numeric = type === "int" || type === "bool" ? type : "float"
  return { filling: own, column: { key, type: numeric, values: own.values } satisfies NumberColumn }
}

/** Reads a dataset's features into memory: 8 bytes a number, whatever the format of the file. */
export const readDataset = Effect.fn("Dataset.read")(function*(file: string) {
  const { batches, manifest } = yield* openDataset(file)
  const { columns, rows } = manifest
  const markets: Array<string> = []
  const timestamps = numbers(1, rows)
  const features = columns.flatMap((column, place) =>
    column.role === "feature" ? [featureColumn(column, place, rows)] : []
  )
  const fillings = [timestamps, ...features.map(({ filling }) => filling)]
  yield* Stream.runForEach(batches, (batch) =>
    Effect.sync(() => {
      const from = markets.length
      for (const market of batch.columns[0] ?? []) markets.push(typeof market === "string" ? market : "")
      for (const { place, take } of fillings) take(batch.columns[place] ?? [], from)
    }))
  const read: ReadDataset = {
    manifest,
    markets,
    timestamps: timestamps.values,
    columns: features.map(({ column }) => column)
  }
  return read
}, Effect.scoped)
