import type { Manifest, ManifestColumn } from "./Manifest.js"

const featureText = ({ feature }: ManifestColumn): string =>
  feature === undefined
    ? ""
    : `${feature.group}@${feature.version} ${feature.fingerprint.slice(0, 19)}` +
      (feature.max_age_ms === null ? "" : ` max age ${feature.max_age_ms} ms`)

const optionChanges = (before: Manifest, after: Manifest): ReadonlyArray<string> =>
  (["keep_stale", "with_status", "labels"] as const).flatMap((name) =>
    before.options[name] === after.options[name]
      ? []
      : [`${name}: ${before.options[name]} -> ${after.options[name]}`]
  )

const columnChanges = (before: Manifest, after: Manifest): ReadonlyArray<string> => {
  const old = new Map(before.columns.map((column) => [column.name, column]))
  const names = new Set(after.columns.map(({ name }) => name))
  const gone = before.columns.filter(({ name }) => !names.has(name)).map(({ name }) => `column ${name}: gone`)
  const others = after.columns.flatMap((column) => {
    const known = old.get(column.name)
    if (known === undefined) return [`column ${column.name}: new`]
    if (known.type !== column.type) return [`column ${column.name}: ${known.type} -> ${column.type}`]
    const [was, is] = [featureText(known), featureText(column)]
    return was === is ? [] : [`${column.name}: ${was} -> ${is}`]
  })
  return [...gone, ...others]
}

/** What makes one dataset another than the one before, for people; nothing where both are the same. */
export const changesBetween = (before: Manifest, after: Manifest): ReadonlyArray<string> => {
  if (before.id === after.id) return []
  const changes = [
    ...before.spine === after.spine ? [] : [`spine: ${before.rows} rows -> ${after.rows} rows, of other content`],
    ...before.log_position === after.log_position ? [] : [
      `log position: ${before.log_position} -> ${after.log_position} ` +
      `(--log-position ${before.log_position} builds it as it was)`
    ],
    ...optionChanges(before, after),
    ...before.labels_known_by === after.labels_known_by ? [] : [
      `labels known by: ${before.labels_known_by ?? "none"} -> ${after.labels_known_by ?? "none"}`
    ],
    ...columnChanges(before, after)
  ]
  return changes.length > 0 ? changes : ["the order of the columns, or the part of the parent that it is"]
}
