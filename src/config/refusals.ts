import { Option, type ParseResult, SchemaAST } from "effect"
import { closest } from "fastest-levenshtein"
import type { KeyPath } from "./KeyPath.js"

/** A part of the settings that the schema does not accept. */
export interface Refusal {
  readonly path: KeyPath
  readonly expected: string
  readonly hint: string | null
}

/** A hint at the candidate nearest to what was written; null without candidates. */
export const didYouMean = (written: string, candidates: ReadonlyArray<string>) =>
  candidates.length === 0 ? null : `did you mean ${closest(written, candidates)}?`

/** The members of a union that can be written in a file or a variable: all but `undefined`. */
export const writable = (ast: SchemaAST.AST): ReadonlyArray<SchemaAST.AST> =>
  SchemaAST.isUnion(ast) ? ast.types.filter((member) => !SchemaAST.isUndefinedKeyword(member)) : [ast]

/** What a schema accepts, in words. */
const describe = (ast: SchemaAST.AST): string => {
  if (SchemaAST.isBooleanKeyword(ast)) return "true or false"
  const description = SchemaAST.getDescriptionAnnotation(ast)
  if (Option.isSome(description)) return description.value
  switch (ast._tag) {
    case "TypeLiteral":
      return "a table"
    case "TupleType":
      return ["a list", ...ast.rest.map((item) => `each item ${describe(item.type)}`)].join(", ")
    case "Refinement":
    case "Transformation":
      return describe(ast.from)
    case "Union":
      return writable(ast).map(describe).join(" or ")
    default:
      return String(ast)
  }
}

const unknownKey = (parent: SchemaAST.AST, path: KeyPath): Refusal => {
  if (!SchemaAST.isTypeLiteral(parent)) return { path, expected: "nothing here", hint: null }
  const keys = parent.propertySignatures.map(({ name }) => String(name))
  const names = parent.indexSignatures.map(({ parameter }) => describe(parameter))
  const known = keys.length === 0 ? [] : [`one of ${keys.join(", ")}`]
  return { path, expected: [...known, ...names].join(" or "), hint: didYouMean(String(path.at(-1)), keys) }
}

const isWrongType = (issue: ParseResult.ParseIssue): boolean =>
  issue._tag === "Type" || (issue._tag === "Refinement" && issue.kind === "From" && isWrongType(issue.issue))

const segments = (path: ParseResult.Path): KeyPath =>
  (typeof path === "object" ? path : [path]).map((segment) => typeof segment === "symbol" ? String(segment) : segment)

/**
 * Every refusal in a schema's issue. The formatters that come with Effect print the refused value, which may be a
 * secret; here only what was expected is said.
 */
export const refusals = (
  issue: ParseResult.ParseIssue,
  parent: SchemaAST.AST = SchemaAST.unknownKeyword,
  path: KeyPath = []
): ReadonlyArray<Refusal> => {
  switch (issue._tag) {
    case "Pointer":
      return refusals(issue.issue, parent, [...path, ...segments(issue.path)])
    case "Unexpected":
      return [unknownKey(parent, path)]
    case "Missing":
      return [{ path, expected: `this key to be given: ${describe(issue.ast.type)}`, hint: null }]
    case "Composite": {
      const issues: ReadonlyArray<ParseResult.ParseIssue> = "_tag" in issue.issues ? [issue.issues] : issue.issues
      if (writable(issue.ast).length > 1) return [{ path, expected: describe(issue.ast), hint: null }]
      return issues
        .filter((inner) => inner._tag !== "Type" || !SchemaAST.isUndefinedKeyword(inner.ast))
        .flatMap((inner) => refusals(inner, issue.ast, path))
    }
    case "Refinement":
      return isWrongType(issue) && issue.kind === "From"
        ? [{ path, expected: describe(issue.ast), hint: null }]
        : refusals(issue.issue, parent, path)
    case "Transformation":
      return refusals(issue.issue, parent, path)
    case "Type":
    case "Forbidden":
      return [{ path, expected: issue.message ?? describe(issue.ast), hint: null }]
  }
}
