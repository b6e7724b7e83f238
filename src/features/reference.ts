import { Either, Schema } from "effect"
import { nearest } from "../domain/problems.js"
import type { Group, GroupFeature } from "./Group.js"

/** A reference that names nothing, or more than one thing, of what is served. */
export class UnknownReference extends Schema.TaggedError<UnknownReference>()("UnknownReference", {
  reference: Schema.String,
  problem: Schema.String,
  candidates: Schema.Array(Schema.String)
}) {
  override get message(): string {
    const hint = this.candidates.length === 0 ? "" : `; candidates: ${this.candidates.join(", ")}`
    return `feature reference ${JSON.stringify(this.reference.slice(0, 200))}: ${this.problem}${hint}`
  }
}

/** One requested feature: the key under which it is answered, its group and its place there. */
export interface Column<R> {
  readonly key: string
  readonly group: Group<R>
  readonly feature: GroupFeature
}

type Resolved<R> = Either.Either<ReadonlyArray<Column<R>>, UnknownReference>

const featuresOf = <R>(group: Group<R>, prefix: string, name: string | undefined): ReadonlyArray<Column<R>> =>
  group.features.filter((feature) => name === undefined || feature.name === name)
    .map((feature) => ({ key: `${prefix}.${feature.name}`, group, feature }))

const refuse = (reference: string, problem: string, candidates: ReadonlyArray<string>) =>
  Either.left(new UnknownReference({ reference, problem, candidates }))

const unknownFeature = <R>(reference: string, group: Group<R>, prefix: string, name: string): Resolved<R> => {
  const names = group.features.map((feature) => feature.name)
  const hint = nearest(name, names)
  return refuse(
    reference,
    `group ${group.id} has no feature ${JSON.stringify(name)}${hint === undefined ? "" : ` (${hint})`}`,
    names.map((feature) => `${prefix}.${feature}`)
  )
}

/** `group@version` and `group@version.feature`; versions hold dots themselves, so the known ones are tried. */
const withVersion = <R>(
  groups: ReadonlyArray<Group<R>>,
  reference: string,
  name: string,
  rest: string
): Resolved<R> => {
  const versions = groups.filter((group) => group.name === name)
  const whole = versions.find((group) => group.version === rest)
  if (whole !== undefined) return Either.right(featuresOf(whole, whole.id, undefined))
  const group = versions.filter((candidate) => rest.startsWith(`${candidate.version}.`))
    .sort((a, b) => b.version.length - a.version.length)[0]
  if (group === undefined) {
    return refuse(
      reference,
      versions.length === 0 ? `there is no group ${JSON.stringify(name)}` : `group ${name} has no such version`,
      (versions.length === 0 ? groups : versions).map((candidate) => candidate.id)
    )
  }
  const feature = rest.slice(group.version.length + 1)
  const columns = featuresOf(group, group.id, feature)
  return columns.length === 0 ? unknownFeature(reference, group, group.id, feature) : Either.right(columns)
}

/**
 * Resolves one reference: `group`, `group.feature`, `group@version`, `group@version.feature`, or a bare feature name that
 * just one group has. Never another version, and never another group, than what was asked for.
 */
const resolveOne = <R>(groups: ReadonlyArray<Group<R>>, reference: string): Resolved<R> => {
  const at = reference.indexOf("@")
  if (at >= 0) return withVersion(groups, reference, reference.slice(0, at), reference.slice(at + 1))
  const defaults = groups.filter((group) => group.isDefault)
  const dot = reference.indexOf(".")
  const name = dot < 0 ? reference : reference.slice(0, dot)
  const group = defaults.find((candidate) => candidate.name === name)
  if (group !== undefined) {
    if (dot < 0) return Either.right(featuresOf(group, group.name, undefined))
    const feature = reference.slice(dot + 1)
    const columns = featuresOf(group, group.name, feature)
    return columns.length === 0 ? unknownFeature(reference, group, group.name, feature) : Either.right(columns)
  }
  const bare = dot < 0 ? defaults.flatMap((candidate) => featuresOf(candidate, candidate.name, name)) : []
  if (bare.length === 1) return Either.right(bare)
  if (bare.length > 1) return refuse(reference, "several groups have this feature", bare.map((column) => column.key))
  const names = [
    ...defaults.map((candidate) => candidate.name),
    ...defaults.flatMap((g) => g.features.map((f) => f.name))
  ]
  const hint = nearest(name, names)
  return refuse(
    reference,
    `there is no group or feature of this name${hint === undefined ? "" : ` (${hint})`}`,
    defaults.map((candidate) => candidate.name)
  )
}

/** Resolves references in order; a feature asked for twice under one key is answered once. */
export const resolveReferences = <R>(
  groups: ReadonlyArray<Group<R>>,
  references: ReadonlyArray<string>
): Resolved<R> => {
  const enabled = groups.filter((group) => group.enabled)
  if (references.length === 0) {
    return refuse("", "no feature was asked for", enabled.filter((group) => group.isDefault).map((group) => group.name))
  }
  return Either.map(Either.all(references.map((reference) => resolveOne(enabled, reference.trim()))), (columns) => [
    ...new Map(columns.flat().map((column) => [column.key, column])).values()
  ])
}
