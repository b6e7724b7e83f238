import { type Group, groupId } from "../../features/Group.js"
import type { Input } from "../../state/inputs.js"
import type { Colors } from "../terminal/Output.js"
import { indented, table } from "../terminal/table.js"

/** Where a group's values come from. */
export const lineageOf = <R>(group: Group<R>) => ({
  group: group.id,
  kind: group.kind,
  enabled: group.enabled,
  reads: group.kind === "computed" ? group.computer.reads : [],
  depends_on: group.kind === "computed" ? group.dependencies.map((one) => groupId(one.name, one.version)) : [],
  features: group.features.map(({ name, needs }) => ({ feature: `${group.name}.${name}`, needs }))
})

type Lineage = ReturnType<typeof lineageOf>

const source = ({ kind, reads }: Lineage): string =>
  kind === "external" ? "stored by others" : reads.join(", ") || "time alone"

const branches = (colors: Colors, { features, kind }: Lineage): string =>
  table(
    colors,
    { head: ["", "", ""] },
    features.map(({ feature, needs }, index) => [
      colors.dim(index === features.length - 1 ? "└─" : "├─"),
      feature,
      colors.dim(kind === "external" ? "" : `← ${needs.join(", ") || "time alone"}`)
    ])
  )

/** Groups with what they read, and below each its features with what those need. */
export const renderLineage = (groups: ReadonlyArray<Lineage>) => (colors: Colors): string =>
  groups.map((one) => {
    const dependencies = one.depends_on.length === 0 ? "" : `, and ${one.depends_on.join(", ")}`
    const state = one.enabled ? "" : colors.dim(" (disabled)")
    return `${colors.bold(one.group)}${state} ← ${source(one)}${dependencies}\n${indented(branches(colors, one))}`
  }).join("\n\n")

const nodeId = (prefix: string, name: string): string => `${prefix}_${name.replace(/[^A-Za-z0-9]/g, "_")}`

/** The same as a mermaid flowchart: inputs to groups, groups to the groups that depend on them. */
export const mermaidOf = (groups: ReadonlyArray<Lineage>): string => {
  const inputs = [...new Set<Input>(groups.flatMap(({ reads }) => reads))]
  // ids must differ where only punctuation tells versions apart: the place in the list does
  const ids = new Map(groups.map(({ group }, index) => [group, `${nodeId("group", group)}_${index}`]))
  return [
    "flowchart LR",
    ...inputs.map((input) => `  ${nodeId("input", input)}[/"${input}"/]`),
    ...groups.map(({ features, group, kind }) => {
      const label = [`<b>${group}</b>`, ...features.map(({ feature }) => feature.split(".")[1] ?? feature)].join(
        "<br/>"
      )
      return kind === "external" ? `  ${ids.get(group) ?? ""}[("${label}")]` : `  ${ids.get(group) ?? ""}["${label}"]`
    }),
    ...groups.flatMap(({ group, reads }) =>
      reads.map((input) => `  ${nodeId("input", input)} --> ${ids.get(group) ?? ""}`)
    ),
    ...groups.flatMap(({ depends_on, group }) =>
      depends_on.map((dependency) =>
        `  ${ids.get(dependency) ?? nodeId("group", dependency)} --> ${ids.get(group) ?? ""}`
      )
    )
  ].join("\n")
}
