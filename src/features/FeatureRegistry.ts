import { Duration, Effect, Either, Schema, type Scope } from "effect"
import { nearest } from "../domain/problems.js"
import { showProblem } from "../domain/problems.js"
import type { AnyComputer, Configured, FeatureComputer } from "./FeatureComputer.js"
import { canonicalJson, type Fingerprint, fingerprintOf, hashOf, type Probed } from "./fingerprint.js"
import { type ComputedGroup, type ExternalGroup, type FieldType, type Group, groupId } from "./Group.js"
import { type Column, resolveReferences, type UnknownReference } from "./reference.js"

/** A registry that cannot be built: what code and configuration say of a group does not fit. */
export class RegistryRejected extends Schema.TaggedError<RegistryRejected>()("RegistryRejected", {
  group: Schema.String,
  problem: Schema.String
}) {
  override get message(): string {
    return `feature group ${this.group}: ${this.problem}`
  }
}

interface VersionSettings {
  readonly ttlSecs?: number | undefined
  readonly maxAgeSecs?: number | undefined
  readonly parameters: Readonly<Record<string, unknown>>
}

/** What configuration says of the groups; see `config/feature_store.toml`. */
export interface RegistrySettings {
  readonly cacheTtlSecs: number
  readonly features: Readonly<
    Record<
      string,
      VersionSettings & {
        readonly enabled: boolean
        readonly version: string
        readonly versions: Readonly<Record<string, VersionSettings>>
      }
    >
  >
  readonly external: Readonly<
    Record<string, {
      readonly version: string
      readonly maxAgeSecs?: number | undefined
      readonly fields: Readonly<Record<string, FieldType>>
    }>
  >
}

/** All groups that are served, computed ones after what they depend on. */
export interface FeatureRegistry<R> {
  readonly groups: ReadonlyArray<Group<R>>
  readonly computed: ReadonlyArray<ComputedGroup<R>>
  /** the longest declared window, in milliseconds: how much of the past a live state keeps */
  readonly historyMillis: number
  readonly resolve: (
    references: ReadonlyArray<string>
  ) => Either.Either<ReadonlyArray<Column<R>>, UnknownReference>
}

/** `1.0+wide` serves the code's version 1.0 with other parameters, under a name of its own. */
const codeVersion = (version: string): string => version.split("+")[0] ?? version

interface Wanted<R> {
  readonly computer: FeatureComputer<R>
  readonly version: string
  readonly isDefault: boolean
  readonly enabled: boolean
  readonly settings: VersionSettings
}

const noSettings: VersionSettings = { parameters: {} }

/** Which versions of which computers are served: the configured one, its siblings in the code, and labelled ones. */
const wantedOf = <R>(
  computers: ReadonlyArray<FeatureComputer<R>>,
  settings: RegistrySettings
): Either.Either<ReadonlyArray<Wanted<R>>, RegistryRejected> =>
  Either.gen(function*() {
    const wanted: Array<Wanted<R>> = []
    const names = [...new Set(computers.map((computer) => computer.name))]
    for (const configured of Object.keys(settings.features)) {
      if (!names.includes(configured)) {
        const hint = nearest(configured, names)
        const problem = `no computer has this name${hint === undefined ? "" : ` (${hint})`}`
        return yield* Either.left(new RegistryRejected({ group: configured, problem }))
      }
    }
    for (const name of names) {
      const siblings = computers.filter((computer) => computer.name === name)
      const twice = siblings.find((one, index) => siblings.findIndex((other) => other.version === one.version) < index)
      if (twice !== undefined) {
        const problem = `two computers have this name and version ${twice.version}`
        return yield* Either.left(new RegistryRejected({ group: name, problem }))
      }
      const group = settings.features[name]
      const main = group?.version ?? siblings[0]?.version ?? ""
      const versions = new Map<string, VersionSettings>([
        ...siblings.map((computer) => [computer.version, noSettings] as const),
        ...Object.entries(group?.versions ?? {}),
        [main, group ?? noSettings]
      ])
      for (const [version, versionSettings] of versions) {
        const computer = siblings.find((candidate) => candidate.version === codeVersion(version))
        if (computer === undefined) {
          const known = siblings.map((candidate) => candidate.version).join(", ")
          const problem = `version ${version} is configured, but the code has ${known}`
          return yield* Either.left(new RegistryRejected({ group: name, problem }))
        }
        const enabled = group?.enabled ?? true
        wanted.push({ computer, version, isDefault: version === main, enabled, settings: versionSettings })
      }
    }
    return wanted
  })

/** Puts computers after what they depend on; refuses cycles and dependencies that nobody registered. */
const inOrder = <R>(wanted: ReadonlyArray<Wanted<R>>): Either.Either<ReadonlyArray<Wanted<R>>, RegistryRejected> => {
  const done = new Set<AnyComputer>()
  const order: Array<Wanted<R>> = []
  const visit = (one: Wanted<R>, path: ReadonlyArray<string>): string | undefined => {
    const id = groupId(one.computer.name, one.computer.version)
    if (path.includes(id)) return `depends on itself: ${[...path, id].join(" -> ")}`
    for (const dependency of one.computer.dependencies) {
      if (done.has(dependency)) continue
      const found = wanted.find((candidate) => candidate.computer === dependency)
      if (found === undefined) {
        return `depends on ${groupId(dependency.name, dependency.version)}, which is not registered`
      }
      const problem = visit(found, [...path, id])
      if (problem !== undefined) return problem
    }
    if (!order.includes(one)) order.push(one)
    done.add(one.computer)
    return undefined
  }
  for (const one of wanted) {
    const problem = visit(one, [])
    if (problem !== undefined) return Either.left(new RegistryRejected({ group: one.computer.name, problem }))
  }
  return Either.right(order)
}

const millis = (secs: number | undefined): number | undefined => secs === undefined ? undefined : secs * 1000

const fingerprinted = <R>(
  one: Wanted<R>,
  configured: Configured<R>,
  earlier: ReadonlyArray<ComputedGroup<R>>
): Effect.Effect<Fingerprint, never, Scope.Scope> => {
  // a dependency is the version of the code it names, under the version's own name
  const chainOf = (computer: AnyComputer): ReadonlyArray<Probed<R>> =>
    earlier.filter((group) => group.computer === computer && group.version === computer.version)
      .flatMap((group) => [...group.dependencies.flatMap(chainOf), group])
  const before = one.computer.dependencies.flatMap(chainOf)
  const target: Probed<R> = { computer: one.computer, version: one.version, configured }
  const [first = target, ...others] = before
  return fingerprintOf(
    first === target ? [target] : [first, ...others, target],
    one.computer.dependencies.flatMap((dependency) =>
      earlier.filter((group) => group.computer === dependency && group.version === dependency.version)
    ).map((group) => group.fingerprint).sort()
  )
}

const externalGroups = (settings: RegistrySettings): ReadonlyArray<ExternalGroup> =>
  Object.entries(settings.external).map(([name, { fields, maxAgeSecs, version }]) => ({
    kind: "external",
    id: groupId(name, version),
    name,
    version,
    isDefault: true,
    enabled: true,
    features: Object.entries(fields).map(([field, type], index) => ({
      name: field,
      index,
      type,
      unit: type,
      description: `stored by others as ${type}`,
      needs: []
    })),
    ttlMillis: settings.cacheTtlSecs * 1000,
    maxAgeMillis: millis(maxAgeSecs),
    fingerprint: hashOf(canonicalJson({ name, version, fields }))
  }))

/** The services that computers ask for, all of them together. */
type ServicesOf<Computer> = Computer extends FeatureComputer<infer R> ? R : never

/**
 * Builds the registry: decodes parameters, orders computers by their dependencies, and fingerprints every group on the
 * probe history. It asks of a context what any of its computers asks for.
 */
export function make<R>(
  computers: ReadonlyArray<FeatureComputer<R>>,
  settings: RegistrySettings
): Effect.Effect<FeatureRegistry<R>, RegistryRejected>
export function make<Computer extends FeatureComputer<unknown>>(
  computers: ReadonlyArray<Computer>,
  settings: RegistrySettings
): Effect.Effect<FeatureRegistry<ServicesOf<Computer>>, RegistryRejected>
export function make<R>(
  computers: ReadonlyArray<FeatureComputer<R>>,
  settings: RegistrySettings
): Effect.Effect<FeatureRegistry<R>, RegistryRejected> {
  return Effect.gen(function*() {
    const ordered = yield* Either.flatMap(wantedOf(computers, settings), inOrder)
    const computed: Array<ComputedGroup<R>> = []
    for (const one of ordered) {
      const configured = yield* Either.mapLeft(
        one.computer.configure(one.settings.parameters),
        (problem) => new RegistryRejected({ group: one.computer.name, problem: showProblem(problem) })
      )
      const { computer, version } = one
      computed.push({
        kind: "computed",
        id: groupId(computer.name, version),
        name: computer.name,
        version,
        isDefault: one.isDefault,
        enabled: one.enabled,
        features: Object.entries(computer.features).map(([name, spec], index) => ({ ...spec, name, index })),
        computer,
        configured,
        dependencies: computer.dependencies,
        ttlMillis: Math.min(
          settings.cacheTtlSecs * 1000,
          millis(one.settings.ttlSecs) ?? Duration.toMillis(computer.ttl)
        ),
        maxAgeMillis: millis(one.settings.maxAgeSecs),
        fingerprint: yield* fingerprinted(one, configured, computed)
      })
    }
    const external = externalGroups(settings)
    const clash = external.find((group) => computed.some((other) => other.name === group.name))
    if (clash !== undefined) {
      return yield* new RegistryRejected({ group: clash.name, problem: "a computed group has this name already" })
    }
    const groups: ReadonlyArray<Group<R>> = [...computed, ...external]
    return {
      groups,
      computed,
      historyMillis: Math.max(0, ...computed.map((group) => group.configured.historyMillis)),
      resolve: (references: ReadonlyArray<string>) => resolveReferences(groups, references)
    }
  }).pipe(Effect.scoped)
}
