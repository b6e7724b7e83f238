import { Predicate } from "effect"

/** Where a value stands: table keys, and indices within lists. */
export type KeyPath = ReadonlyArray<string | number>

/** Whether a value is a table; lists are not. */
export const isTable = (value: unknown): value is { readonly [key: string]: unknown } => Predicate.isRecord(value)

/** The path in TOML's own notation; keys that need quotes have them. */
export const renderPath = (path: KeyPath) =>
  path.map((segment, at) => {
    if (typeof segment === "number") return `[${segment}]`
    const key = /^[A-Za-z0-9_-]+$/.test(segment) ? segment : JSON.stringify(segment)
    return at === 0 ? key : `.${key}`
  }).join("")

/** Whether `path` is `ancestor` or lies below it. */
export const isWithin = (path: KeyPath, ancestor: KeyPath) => ancestor.every((segment, at) => path[at] === segment)

/** The table's own value for the key, never an inherited one. */
export const ownValue = (table: { readonly [key: string]: unknown }, key: string) =>
  Object.hasOwn(table, key) ? table[key] : undefined

/** The same tree with the value at the path, tables made on the way; unchanged where something else is in the way. */
export const setAt = (tree: unknown, path: ReadonlyArray<string>, value: unknown): unknown => {
  const [key, ...rest] = path
  if (key === undefined) return value
  const table = tree ?? {}
  return isTable(table) ? { ...table, [key]: setAt(ownValue(table, key), rest, value) } : table
}
