import { Either } from "effect"
import { parse } from "smol-toml"
import { isTable, type KeyPath } from "./KeyPath.js"

const pathsIn = (value: unknown, path: KeyPath): ReadonlyArray<KeyPath> => {
  const inner = Array.isArray(value)
    ? value.flatMap((item, at) => pathsIn(item, [...path, at]))
    : isTable(value)
    ? Object.keys(value).flatMap((key) => pathsIn(value[key], [...path, key]))
    : []
  return [path, ...inner]
}

/** The table that a header statement opens: a chain of tables with one key each. */
const openedBy = (header: unknown): KeyPath => {
  const [key] = isTable(header) ? Object.keys(header) : []
  return key === undefined || !isTable(header) ? [] : [key, ...openedBy(header[key])]
}

/** The keys that a line assigns to, so far as one line tells. */
const keysOn = (line: string) =>
  Array.from(
    line.matchAll(/(?:"([^"]+)"|'([^']+)'|([\w-]+))\s*(?=[.=])/g),
    ([, double, single, bare]) => double ?? single ?? bare
  )

/**
 * Finds the 1-based line on which a key path is first mentioned in valid TOML; the line of its nearest ancestor when it
 * is not there at all, and undefined when no part of it is. The parser keeps no positions, so each statement (the
 * fewest lines that parse by themselves) is parsed again on its own.
 */
export const lineFinder = (source: string): (path: KeyPath) => number | undefined => {
  const lineOf = new Map<string, number>()
  let statement: Array<string> = []
  let table: KeyPath = []
  source.split("\n").forEach((line, at) => {
    statement.push(line)
    const parsed = Either.getOrUndefined(Either.try(() => parse(`${statement.join("\n")}\n`)))
    if (parsed === undefined) return
    const isHeader = line.trimStart().startsWith("[") && statement.length === 1
    for (const path of pathsIn(parsed, isHeader ? [] : table)) {
      const id = JSON.stringify(path)
      const within = statement.findIndex((text) => keysOn(text).includes(String(path.at(-1))))
      if (!lineOf.has(id)) lineOf.set(id, at + 2 - statement.length + Math.max(within, 0))
    }
    if (isHeader) table = openedBy(parsed)
    statement = []
  })
  return (path) =>
    path.map((_, at) => lineOf.get(JSON.stringify(path.slice(0, path.length - at)))).find((line) => line !== undefined)
}
