import { readFileSync, writeFileSync } from "node:fs"

/** Columns of one length, NaN where nothing is known. */
export type Columns = ReadonlyArray<Float64Array>

const agree = (a: number, b: number, tolerance: number): boolean =>
  Object.is(a, b) || (tolerance > 0 && Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b)))

/**
 * How columns differ, the first place in words. Bits count where `tolerance` is 0; above that a part of the value, for what
 * others sum in another order.
 */
export const differenceOf = (names: ReadonlyArray<string>, tolerance = 0) => (ours: Columns, theirs: Columns) => {
  for (const [index, name] of names.entries()) {
    const [a, b] = [ours[index], theirs[index]]
    if (a?.length !== b?.length) return `${name} has ${a?.length ?? "no"} rows here, ${b?.length ?? "no"} there`
    const row = a?.findIndex((value, i) => !agree(value, b?.[i] ?? NaN, tolerance)) ?? -1
    if (row >= 0) return `${name} in row ${row} is ${a?.[row] ?? NaN} here, ${b?.[row] ?? NaN} there`
  }
  return undefined
}

/** Columns as bare float64, one after the other: what a program that does nothing else would keep them in. */
export const writeFlat = (path: string, columns: Columns): void =>
  writeFileSync(
    path,
    Buffer.concat(
      columns.map(({ buffer, byteLength, byteOffset }) => new Uint8Array(buffer, byteOffset, byteLength))
    )
  )

export const readFlat = (path: string, width: number): Columns => {
  const { buffer, byteOffset, length } = readFileSync(path)
  const rows = length / 8 / width
  return Array.from({ length: width }, (_, index) => new Float64Array(buffer, byteOffset + index * rows * 8, rows))
}
