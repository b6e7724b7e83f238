import type { Input } from "../state/inputs.js"
import { type Group, groupId } from "./Group.js"

/** Where a group's values come from. */
export const lineageOf = <R>(group: Group<R>) => ({
  group: group.id,
  kind: group.kind,
  enabled: group.enabled,
  reads: group.kind === "computed" ? group.computer.reads : [],
  depends_on: group.kind === "computed" ? group.dependencies.map((one) => groupId(one.name, one.version)) : [],
  features: group.features.map(({ name, needs }) => ({ feature: `${group.name}.${name}`, needs }))
})

export type Lineage = ReturnType<typeof lineageOf>

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
