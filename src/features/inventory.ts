import { type Group, groupId } from "./Group.js"

/** A group in a line, as lists show it; durations are milliseconds, `null` is unlimited. */
export const summaryOf = <R>(group: Group<R>) => ({
  group: group.name,
  version: group.version,
  kind: group.kind,
  enabled: group.enabled,
  default: group.isDefault,
  features: group.features.length,
  ttl_ms: group.ttlMillis,
  max_age_ms: group.maxAgeMillis ?? null,
  fingerprint: group.fingerprint
})

/** A group with all that it is made of. */
export const descriptionOf = <R>(group: Group<R>) => ({
  ...summaryOf(group),
  history_ms: group.kind === "computed" ? group.configured.historyMillis : 0,
  parameters: group.kind === "computed" ? group.configured.parameters : {},
  depends_on: group.kind === "computed" ? group.dependencies.map((one) => groupId(one.name, one.version)) : [],
  features: group.features.map(({ description, name, needs, unit }) => ({
    feature: `${group.name}.${name}`,
    unit,
    description,
    needs
  }))
})
