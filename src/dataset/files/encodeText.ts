import { stringify } from "csv-stringify/sync"
import { type Cell, type Column, type ColumnType, isoOf, isTimestampType } from "../columns.js"
import type { Encoder } from "./Encoder.js"

const utf8 = new TextEncoder()

const csvCell = (type: ColumnType, cell: Cell): string => {
  if (cell === null) return ""
  return typeof cell === "bigint" && isTimestampType(type) ? isoOf(type, cell) : String(cell)
}

/** CSV with a header: a null is an empty cell, a truth is true or false, a number all its digits. */
export const csvEncoder = (columns: ReadonlyArray<Column>): Encoder => {
  let head: ReadonlyArray<ReadonlyArray<string>> = [columns.map(({ name }) => name)]
  const flush = (rows: ReadonlyArray<ReadonlyArray<string>>) => {
    const text = stringify([...head, ...rows])
    head = []
    return text === "" ? [] : [utf8.encode(text)]
  }
  return {
    write: ({ columns: cells, rows }) => {
      const texts = columns.map(({ type }, index) => (cells[index] ?? []).map((cell) => csvCell(type, cell)))
      return flush(Array.from({ length: rows }, (_, row) => texts.map((column) => column[row] ?? "")))
    },
    finish: () => flush([])
  }
}

const jsonCell = (type: ColumnType, cell: Cell): string => {
  if (typeof cell !== "bigint") return JSON.stringify(cell)
  // beyond 53 bits most readers would round a number
  return JSON.stringify(isTimestampType(type) ? isoOf(type, cell) : String(cell))
}

/** One JSON object a line, with every column of the dataset in its order. */
export const ndjsonEncoder = (columns: ReadonlyArray<Column>): Encoder => {
  // written out, since an object would reorder keys that are numbers, and lose __proto__
  const keys = columns.map(({ name }, index) => `${index === 0 ? "{" : ","}${JSON.stringify(name)}:`)
  return {
    write: ({ columns: cells, rows }) => {
      const texts = columns.map(({ type }, index) => (cells[index] ?? []).map((cell) => jsonCell(type, cell)))
      let text = ""
      for (let row = 0; row < rows; row++) {
        for (let index = 0; index < keys.length; index++) text += `${keys[index] ?? ""}${texts[index]?.[row] ?? "null"}`
        text += "}\n"
      }
      return text === "" ? [] : [utf8.encode(text)]
    },
    finish: () => []
  }
}
