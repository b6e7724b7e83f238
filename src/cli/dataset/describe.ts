import { Effect } from "effect"
import type { Manifest, ManifestColumn } from "../../dataset/Manifest.js"
import { openDataset } from "../../dataset/openDataset.js"
import { formatInstant, Instant } from "../../domain/Instant.js"
import { type Colors, present } from "../terminal/Output.js"
import { table } from "../terminal/table.js"
import { count, counted, duration, short, visible } from "../terminal/text.js"
import type { DescribeGiven } from "./options.js"

const at = (instant: number | null): string => instant === null ? "-" : formatInstant(Instant(instant))

const share = (nulls: number, rows: number): string =>
  nulls === 0 ? "0" : `${count(nulls)} (${(nulls / rows * 100).toFixed(1)} %)`

const why = ({ reasons, stale }: ManifestColumn): string => {
  const parts = [
    ...Object.entries(reasons ?? {}).sort(([, a], [, b]) => b - a),
    ...stale === undefined || stale === 0 ? [] : [["stale", stale] as const]
  ]
  return reasons === undefined ? "" : parts.map(([name, rows]) => `${name} ${count(rows)}`).join(", ")
}

const partText = ({ part }: Manifest): ReadonlyArray<string> => {
  if (part === undefined) return []
  const { before, embargo_ms, from, parent, part: name } = part
  const bounds = [
    ...from === null ? [] : [`from ${at(from)} on`],
    ...before === null ? [] : [`before ${at(before)}${embargo_ms === 0 ? "" : ` less ${duration(embargo_ms)}`}`]
  ]
  return [`part ${visible(name)} of ${parent}: timestamps ${bounds.join(" and ")}`]
}

const render = (file: string, manifest: Manifest) => (colors: Colors): string => {
  const { columns, first_timestamp, id, labels_known_by, last_timestamp, log_position, options, rows } = manifest
  const features = columns.filter(({ role }) => role === "feature")
  const others = columns.filter(({ role }) => role === "spine" || role === "label")
  return [
    `${colors.bold(visible(file))}: ${counted(rows, "row")} from ${at(first_timestamp)} to ${at(last_timestamp)}`,
    `dataset id ${id}`,
    `log position ${log_position}` + (options.labels ? `, labels known by ${at(labels_known_by)}` : "") +
    (options.keep_stale ? ", stale values kept" : ""),
    ...partText(manifest),
    "",
    table(
      colors,
      {
        head: ["feature", "version", "fingerprint", "unit", "type", "null", "why"],
        align: ["left", "left", "left", "left", "left", "right", "left"]
      },
      features.map((column) => [
        visible(column.name),
        column.feature?.version ?? "",
        short(column.feature?.fingerprint ?? ""),
        column.feature?.unit ?? "",
        column.type,
        share(column.nulls, rows),
        why(column)
      ])
    ),
    ...others.length === 0 ? [] : [
      "",
      table(
        colors,
        { head: ["other column", "type", "null"], align: ["left", "left", "right"] },
        others.map(({ name, nulls, type }) => [visible(name), type, share(nulls, rows)])
      )
    ]
  ].join("\n")
}

/** Prints the manifest of a dataset. */
export const describe = ({ file }: DescribeGiven) =>
  Effect.scoped(openDataset(file)).pipe(
    Effect.flatMap(({ manifest }) => present({ file, ...manifest }, render(file, manifest)))
  )
