import { Either } from "effect"
import { nearest } from "../../domain/problems.js"
import type { Group } from "../../features/Group.js"
import type { descriptionOf, summaryOf } from "../../features/inventory.js"
import { UnknownReference } from "../../features/reference.js"
import type { Colors } from "../terminal/Output.js"
import { indented, table } from "../terminal/table.js"
import { duration, short, visible } from "../terminal/text.js"

const maxAge = (millis: number | null) => millis === null ? "no limit" : duration(millis)

export const renderList = (groups: ReadonlyArray<ReturnType<typeof summaryOf>>) => (colors: Colors): string =>
  table(
    colors,
    {
      head: ["group", "version", "kind", "state", "features", "ttl", "max age", "fingerprint"],
      align: ["left", "left", "left", "left", "right", "right", "right"]
    },
    groups.map((one) => [
      one.group,
      one.version,
      one.kind,
      !one.enabled ? colors.dim("disabled") : one.default ? colors.green("default") : "by version",
      `${one.features}`,
      duration(one.ttl_ms),
      maxAge(one.max_age_ms),
      colors.dim(short(one.fingerprint))
    ])
  )

const facts = (colors: Colors, rows: ReadonlyArray<readonly [string, string]>) =>
  table(colors, { head: ["", ""] }, rows.map(([name, value]) => [colors.dim(name), value]))

export const renderDescription = (group: ReturnType<typeof descriptionOf>) => (colors: Colors): string =>
  [
    colors.bold(`${group.group}@${group.version}`),
    indented(facts(colors, [
      ["kind", group.kind === "computed" ? "computed here" : "stored by others"],
      ["state", group.enabled ? group.default ? "default" : "asked for by version" : "disabled"],
      ["ttl", duration(group.ttl_ms)],
      ["max age", maxAge(group.max_age_ms)],
      ["history", group.history_ms === 0 ? "none" : duration(group.history_ms)],
      ["parameters", visible(JSON.stringify(group.parameters))],
      ["depends on", group.depends_on.join(", ") || "nothing"],
      ["fingerprint", group.fingerprint]
    ])),
    "",
    table(
      colors,
      { head: ["feature", "unit", "needs", "description"] },
      group.features.map((
        one
      ) => [
        one.feature,
        one.unit,
        group.kind === "external" ? colors.dim("-") : one.needs.join(", ") || colors.dim("time alone"),
        one.description
      ])
    )
  ].join("\n")

/** The group of a name, in the version that a reference without one means, or of `name@version`; disabled ones too. */
export const findGroup = <R>(
  groups: ReadonlyArray<Group<R>>,
  text: string
): Either.Either<Group<R>, UnknownReference> => {
  const found = groups.find((group) => group.id === text || (group.isDefault && group.name === text))
  if (found !== undefined) return Either.right(found)
  const ids = groups.map((group) => group.id)
  const names = [...new Set(groups.map((group) => group.name))]
  const hint = nearest(text, [...names, ...ids])
  return Either.left(
    new UnknownReference({
      reference: text,
      problem: `there is no such group${hint === undefined ? "" : ` (${hint})`}`,
      candidates: ids
    })
  )
}
