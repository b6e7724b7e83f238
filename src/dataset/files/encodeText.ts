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
  let head: ReadonlyArray<Uint8Array> = [utf8.encode(stringify([columns.map(({ name }) => name)]))]
  const behindHead = (...further: ReadonlyArray<Uint8Array>) => {
    const all = [...head, ...further]
    head = []
    return all
  }
  return {
    encode: ({ columns: cells, rows }) => {
      const texts = columns.map(({ type }, index) => (cells[index] ?? []).map((cell) => csvCell(type, cell)))
      const lines = Array.from({ length: rows }, (_, row) => texts.map((column) => column[row] ?? ""))
      return { bytes: utf8.encode(stringify(lines)) }
    },
    append: ({ bytes }) => behindHead(bytes),
    finish: () => behindHead()
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
    encode: ({ columns: cells, rows }) => {
      const texts = columns.map(({ type }, index) => (cells[index] ?? []).map((cell) => jsonCell(type, cell)))
      let text = ""
      for (let row = 0; row < rows; row++) {
        for (let index = 0; index < keys.length; index++) text += `${keys[index] ?? ""}${texts[index]?.[row] ?? "null"}`
        text += "}\n"
      }
      return { bytes: utf8.encode(text) }
    },
    append: ({ bytes }) => [bytes],
    finish: () => []
  }
}
