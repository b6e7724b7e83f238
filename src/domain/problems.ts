import { Inspectable, ParseResult } from "effect"
import { closest, distance } from "fastest-levenshtein"

/** Why one field of an input was refused; rendered where the file and the line are known. */
export interface FieldProblem {
  /** `bids[3][0]` */
  readonly field: string
  readonly expected: string
  readonly actual: unknown
  readonly hint: string | undefined
}

/** `did you mean best_bid?`, where a candidate is close enough to be meant. */
export const nearest = (given: unknown, candidates: ReadonlyArray<string>): string | undefined => {
  if (typeof given !== "string" || given.length > 64 || candidates.length === 0) return undefined
  const candidate = closest(given, candidates)
  return distance(given, candidate) <= Math.max(2, candidate.length / 3) ? `did you mean ${candidate}?` : undefined
}

/** What of a refused value is shown. */
const longest = 80

/** `bids[3][0]`: where in an input a value stands; `whole` names the input itself. */
export const fieldOf = (path: ReadonlyArray<PropertyKey>, whole: string): string =>
  path.map((part, index) => typeof part === "number" ? `[${part}]` : index === 0 ? String(part) : `.${String(part)}`)
    .join("") || whole

const valueAt = (input: unknown, path: ReadonlyArray<PropertyKey>): unknown =>
  path.reduce<unknown>(
    (value, key) => typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined,
    input
  )

/** A field that is not known, by the names of those that are; `of` continues `one of the fields`. */
export const unknownField = (name: string, known: ReadonlyArray<string>, of = ""): FieldProblem => ({
  field: name.length <= longest ? name : `${name.slice(0, longest)}…`,
  expected: known.length === 0 ? "no field" : `one of the fields${of} (${known.join(", ")})`,
  actual: name,
  hint: nearest(name, known)
})

/** The first problem a schema found, as field, expectation and the value that was there. */
export const describeProblem = (error: ParseResult.ParseError, input: unknown): FieldProblem => {
  const issue = ParseResult.ArrayFormatter.formatErrorSync(error)[0]
  const path = issue?.path ?? []
  const last = path.at(-1)
  const actual = valueAt(input, path)
  const field = fieldOf(path, "(line)")
  const message = issue?.message ?? "another value"
  if (issue?._tag === "Missing") return { field, expected: "to be present", actual, hint: undefined }
  if (issue?._tag === "Unexpected") {
    // the schema names what it knows: "a" | "b" for fields, 0 | 1 for the places of a list
    const known = [...message.matchAll(/"([^"]*)"/gu)].flatMap(([, name]) => name === undefined ? [] : [name])
    return typeof last === "string"
      ? { ...unknownField(last, known), field }
      : { field, expected: "nothing", actual, hint: undefined }
  }
  const expected = message.replace(/, actual .*$/su, "").replace(/^Expected /u, "")
  return { field, expected, actual, hint: undefined }
}

/** A value as an error message shows it: as JSON, cut to what a person reads; never a whole document. */
export const showValue = (value: unknown): string => {
  if (value === undefined) return "nothing"
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "an array" : "an object"
  const text = typeof value === "string" ? JSON.stringify(value) : Inspectable.toStringUnknown(value)
  return text.length <= longest ? text : `${text.slice(0, longest)}… (${text.length} characters)`
}

/** `best_bid: expected a price within 0..1, got 1.2` */
export const showProblem = (problem: FieldProblem): string =>
  `${problem.field}: expected ${problem.expected}, got ${showValue(problem.actual)}` +
  (problem.hint === undefined ? "" : ` (${problem.hint})`)
