import { Either } from "effect"
import type { PlannedGroup } from "../../store/registerGroups.js"
import type { Colors } from "../terminal/Output.js"
import { indented, table } from "../terminal/table.js"
import { counted, short, visible } from "../terminal/text.js"

/** A field of a definition that is not what it was; `undefined` where it was not there, or is not any more. */
export interface ChangedField {
  readonly field: string
  readonly registered: string | undefined
  readonly now: string | undefined
}

const parse = (definition: string | null): unknown =>
  definition === null
    ? undefined
    : Either.getOrElse(Either.try((): unknown => JSON.parse(definition)), () => definition)

const isTable = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null

/** What names an entry of a list, so that one feature is compared with itself and not with its neighbour. */
const keyOf = (entry: unknown, index: number): string => {
  const name = isTable(entry) ? entry.name : undefined
  return typeof name === "string" ? name : `${index}`
}

const leaves = (value: unknown, path = ""): ReadonlyArray<readonly [field: string, value: string]> => {
  if (!isTable(value)) return value === undefined ? [] : [[path, JSON.stringify(value)]]
  const entries = Array.isArray(value)
    ? value.map((entry: unknown, index) => [keyOf(entry, index), entry] as const)
    : Object.entries(value)
  if (entries.length === 0) return [[path, JSON.stringify(value)]]
  return entries.flatMap(([key, entry]) => leaves(entry, path === "" ? key : `${path}.${key}`))
}

/** Compares two definitions field by field. */
const changedFields = (
  { definition, registeredDefinition }: Pick<PlannedGroup, "definition" | "registeredDefinition">
): ReadonlyArray<ChangedField> => {
  const before = new Map(leaves(parse(registeredDefinition)))
  const after = new Map(leaves(parse(definition)))
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((field) => before.get(field) !== after.get(field))
    .map((field) => ({ field, registered: before.get(field), now: after.get(field) }))
}

/** A planned group with what differs, where it is changed. */
export const changeOf = (group: PlannedGroup) => ({
  group: group.id,
  change: group.change,
  fingerprint: group.fingerprint,
  registered: group.registered,
  differences: group.change === "changed"
    ? changedFields(group).map(({ field, now = null, registered = null }) => ({ field, registered, now }))
    : []
})

type Change = ReturnType<typeof changeOf>

const marked = (colors: Colors, change: Change["change"]): string => {
  switch (change) {
    case "new":
      return colors.green("+ new")
    case "unchanged":
      return colors.dim("= unchanged")
    case "changed":
      return colors.red("! changed")
    case "unused":
      return colors.dim("- unused")
  }
}

const details = (colors: Colors, { differences, group }: Change): string =>
  [
    `${colors.bold(group)} behaves otherwise than what is registered under this version:`,
    indented(
      differences.length === 0
        ? "its definition is the same: the computer itself gives other values, reads other inputs or reaches back otherwise"
        : table(
          colors,
          { head: ["field", "registered", "now"] },
          differences.map(({ field, now, registered }) => [
            visible(field),
            visible(registered ?? "(absent)"),
            visible(now ?? "(absent)")
          ])
        )
    )
  ].join("\n")

const advice = "Give a changed group a version of its own (such as \"1.0+wide\"), or undo the change: " +
  "stored values and new ones must not mix."

export const renderChanges = (changes: ReadonlyArray<Change>) => (colors: Colors): string => {
  const changed = changes.filter(({ change }) => change === "changed")
  const added = changes.filter(({ change }) => change === "new").length
  return [
    table(
      colors,
      { head: ["group", "change", "registered", "now"] },
      changes.map((one) => [
        one.group,
        marked(colors, one.change),
        one.registered === null ? "" : short(one.registered),
        one.fingerprint === null ? "" : short(one.fingerprint)
      ])
    ),
    ...changed.map((one) => `\n${details(colors, one)}`),
    ...changed.length > 0
      ? [`\n${advice}`]
      : added > 0
      ? [`\n${counted(added, "group")} to register: registry apply`]
      : []
  ].join("\n")
}
