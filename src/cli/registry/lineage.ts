import type { Lineage } from "../../features/lineage.js"
import type { Colors } from "../terminal/Output.js"
import { indented, table } from "../terminal/table.js"

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
