import { Array, SchemaAST } from "effect"
import type { ConfigProblem } from "./ConfigRejected.js"
import { isTable, ownValue, renderPath } from "./KeyPath.js"
import { didYouMean, writable } from "./refusals.js"

/** The environment, by name. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A value that an environment variable gives to a key. */
export interface Override {
  readonly variable: string
  readonly path: ReadonlyArray<string>
  readonly value: unknown
}

interface Leaf {
  readonly path: ReadonlyArray<string>
  readonly ast: SchemaAST.AST
}

const prefix = "FEATURE_STORE_"

// Read elsewhere: by the command line, or as secrets, which have no key in the file.
const readElsewhere = /^FEATURE_STORE_(CONFIG|DEBUG|.*_TOKEN|.*_KEY)$/

/** Every key that can hold a value: those of the schema, under the names that the file gives to versions and groups. */
const leaves = (ast: SchemaAST.AST, tree: unknown, path: ReadonlyArray<string> = []): ReadonlyArray<Leaf> => {
  const [only, ...others] = writable(ast)
  if (only === undefined || others.length > 0 || !SchemaAST.isTypeLiteral(only)) return [{ path, ast }]
  const table = isTable(tree) ? tree : {}
  const keys = only.propertySignatures.map(({ name, type }) => ({ key: String(name), type }))
  const named = only.indexSignatures.flatMap(({ type }) =>
    Object.keys(table).filter((key) => !keys.some((known) => known.key === key)).map((key) => ({ key, type }))
  )
  return [...keys, ...named].flatMap(({ key, type }) => leaves(type, ownValue(table, key), [...path, key]))
}

// The root table's name is part of the prefix already. Version names hold characters no shell allows in a variable.
const variableOf = (path: ReadonlyArray<string>) =>
  prefix + path.slice(1).join("_").toUpperCase().replace(/[^A-Z0-9]/g, "_")

const booleans: ReadonlyMap<string, boolean> = new Map([["true", true], ["1", true], ["false", false], ["0", false]])

/** The text as the type that the key takes; text that does not fit stays text, and the schema refuses it. */
const fromText = (ast: SchemaAST.AST, text: string): unknown => {
  switch (ast._tag) {
    case "BooleanKeyword":
      return booleans.get(text) ?? text
    case "NumberKeyword":
      return /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) + 0 : text
    case "Literal":
      return String(ast.literal) === text ? ast.literal : text
    case "Union":
      return ast.types.map((member) => fromText(member, text)).find((value) => value !== text) ?? text
    case "TupleType": {
      const [item] = ast.rest
      const items = text.trim() === "" ? [] : text.split(",").map((part) => part.trim())
      return item === undefined || items.includes("") ? text : items.map((part) => fromText(item.type, part))
    }
    default:
      return text
  }
}

const problem = (variable: string, expected: string, hint: string | null): ConfigProblem => ({
  where: variable,
  keyPath: "",
  expected,
  hint
})

/**
 * What the environment overrides, and the variables that name no key or more than one. `ast` is that of the settings
 * schema, `tree` the file's data. Problems never hold the value of a variable.
 */
export const readOverrides = (environment: Environment, ast: SchemaAST.AST, tree: unknown) => {
  const known = Array.groupBy(leaves(SchemaAST.encodedAST(ast), tree), ({ path }) => variableOf(path))
  const overrides: Array<Override> = []
  const problems: Array<ConfigProblem> = []
  for (const [variable, text] of Object.entries(environment)) {
    if (text === undefined || !variable.startsWith(prefix)) continue
    const [leaf, ...others] = known[variable] ?? []
    if (leaf !== undefined && others.length === 0) {
      overrides.push({ variable, path: leaf.path, value: fromText(leaf.ast, text) })
    } else if (leaf !== undefined) {
      const paths = [leaf, ...others].map(({ path }) => renderPath(path)).join(" and ")
      problems.push(problem(variable, "a variable that names one key", `it names ${paths}: set them in the file`))
    } else if (!readElsewhere.test(variable)) {
      problems.push(
        problem(variable, "a variable named after a configuration key", didYouMean(variable, Object.keys(known)))
      )
    }
  }
  return { overrides, problems }
}
