import { Either } from "effect"
import { parse, TomlError } from "smol-toml"
import type { ConfigProblem } from "./ConfigRejected.js"
import { isTable, type KeyPath } from "./KeyPath.js"

// As keys of a plain object these would reach its prototype.
const reserved: ReadonlyArray<string> = ["__proto__", "constructor", "prototype"]

/** The paths of keys that are refused whatever table they stand in. */
const reservedPaths = (value: unknown, path: KeyPath = []): ReadonlyArray<KeyPath> => {
  if (Array.isArray(value)) return value.flatMap((item, at) => reservedPaths(item, [...path, at]))
  if (!isTable(value)) return []
  return Object.keys(value).flatMap((key) =>
    reserved.includes(key) ? [[...path, key]] : reservedPaths(value[key], [...path, key])
  )
}

/** Plain data without reserved keys. */
const plain = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plain)
  // No key takes a date, and a Date would pass for an empty table.
  if (value instanceof Date) return null
  // Turns -0 into 0.
  if (typeof value === "number") return value + 0
  if (!isTable(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => reserved.includes(key) ? [] : [[key, plain(item)]])
  )
}

/** Whether values are nested deeper than the recursion here and in the decoder can be trusted with. */
const isTooDeep = (tree: unknown) => {
  let level: ReadonlyArray<unknown> = [tree]
  for (let depth = 0; depth < 64 && level.length > 0; depth++) {
    level = level.flatMap((value): ReadonlyArray<unknown> =>
      Array.isArray(value) ? value : isTable(value) ? Object.values(value) : []
    )
  }
  return level.length > 0
}

/** A parsed file: plain data, and the reserved keys that were left out of it. */
export interface TomlDocument {
  readonly tree: unknown
  readonly refused: ReadonlyArray<KeyPath>
}

const syntaxProblem = (file: string, source: string, error: unknown): ConfigProblem => {
  if (!(error instanceof TomlError)) return { where: file, keyPath: "", expected: "valid TOML", hint: null }
  // The lines after the first show the source.
  const reason = error.message.replace(/^Invalid TOML document: /, "").replace(/\n[^]*/, "")
  const isHeader = source.split("\n")[error.line - 1]?.trimStart().startsWith("[") === true
  const advice = isHeader && reason.includes("redefine")
    ? " (a table written as { ... } takes no further keys below: give it a [header] of its own)"
    : ""
  return {
    where: `${file}:${error.line}:${error.column}`,
    keyPath: "",
    expected: "valid TOML",
    hint: `${reason}${advice}`
  }
}

/** Parses TOML; a syntax error becomes a problem with line and column. */
export const parseDocument = (file: string, source: string): Either.Either<TomlDocument, ConfigProblem> =>
  Either.try({ try: () => parse(source), catch: (error) => syntaxProblem(file, source, error) }).pipe(
    Either.filterOrLeft(
      (tree) => !isTooDeep(tree),
      () => ({ where: file, keyPath: "", expected: "tables and lists at most 64 levels deep", hint: null })
    ),
    Either.map((tree) => ({ tree: plain(tree), refused: reservedPaths(tree) }))
  )
