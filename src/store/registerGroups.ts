import { Effect, Schema } from "effect"
import type { FeatureRegistry } from "../features/FeatureRegistry.js"
import { canonicalJson } from "../features/fingerprint.js"
import { type Group, groupId } from "../features/Group.js"
import type { FeatureRepository, RegisteredGroup } from "./FeatureRepository.js"

/** A group that behaves otherwise than the data stored under its version: it needs a version of its own. */
export class RegistryConflict extends Schema.TaggedError<RegistryConflict>()("RegistryConflict", {
  groups: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `${this.groups.join(", ")}: registered under this version with another behaviour, so that stored and new ` +
      "values would mix. Give the changed group a new version, or undo the change (registry plan shows what differs)"
  }
}

/** What the code and the configuration say of a group, beside what is registered. */
export interface PlannedGroup {
  readonly id: string
  /** `unused`: registered, and not served any more; its stored data stay as they are */
  readonly change: "new" | "unchanged" | "changed" | "unused"
  readonly fingerprint: string | null
  readonly registered: string | null
  readonly definition: string | null
  readonly registeredDefinition: string | null
}

/** What a group is, as it is registered: everything that its values depend on. */
const definitionOf = <R>(group: Group<R>): string =>
  canonicalJson({
    features: group.features.map(({ name, unit }) => ({ name, unit })),
    ...(group.kind === "computed"
      ? {
        parameters: group.configured.parameters,
        dependencies: group.dependencies.map((d) => groupId(d.name, d.version))
      }
      : { fields: group.features.map(({ name, type }) => ({ name, type })) })
  })

const registrationOf = <R>(group: Group<R>): RegisteredGroup => ({
  name: group.name,
  version: group.version,
  fingerprint: group.fingerprint,
  definition: definitionOf(group)
})

/** Compares what is served with what is registered. */
export const planRegistry = <R>(
  registry: FeatureRegistry<R>,
  registered: ReadonlyArray<RegisteredGroup>
): ReadonlyArray<PlannedGroup> => {
  const stored = new Map(registered.map((group) => [groupId(group.name, group.version), group]))
  const served = registry.groups.map((group): PlannedGroup => {
    const known = stored.get(group.id)
    return {
      id: group.id,
      change: known === undefined ? "new" : known.fingerprint === group.fingerprint ? "unchanged" : "changed",
      fingerprint: group.fingerprint,
      registered: known?.fingerprint ?? null,
      definition: definitionOf(group),
      registeredDefinition: known?.definition ?? null
    }
  })
  const ids = new Set(registry.groups.map((group) => group.id))
  const unused = [...stored].filter(([id]) => !ids.has(id)).map(([id, group]): PlannedGroup => ({
    id,
    change: "unused",
    fingerprint: null,
    registered: group.fingerprint,
    definition: null,
    registeredDefinition: group.definition
  }))
  return [...served, ...unused]
}

const refuseChanged = (plan: ReadonlyArray<PlannedGroup>) => {
  const groups = plan.filter((group) => group.change === "changed").map((group) => group.id)
  return groups.length > 0 ? Effect.fail(new RegistryConflict({ groups })) : Effect.void
}

/** Registers what is new; fails where a version that has been registered behaves otherwise now. */
export const registerGroups = <R>(registry: FeatureRegistry<R>, repository: FeatureRepository["Type"]) =>
  Effect.gen(function*() {
    const plan = planRegistry(registry, yield* repository.registered)
    yield* refuseChanged(plan)
    const added = new Set(plan.filter((group) => group.change === "new").map((group) => group.id))
    if (added.size === 0) return plan
    yield* repository.register(registry.groups.filter((group) => added.has(group.id)).map(registrationOf))
    // another process may have registered the same version at the same moment
    yield* refuseChanged(planRegistry(registry, yield* repository.registered))
    return plan
  })
