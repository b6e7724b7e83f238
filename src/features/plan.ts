import { Either } from "effect"
import type { FeatureRegistry } from "./FeatureRegistry.js"
import { type ExternalGroup, groupId } from "./Group.js"
import type { Column, UnknownReference } from "./reference.js"

/** What a request needs, worked out once for its references. */
export interface Plan<R> {
  readonly columns: ReadonlyArray<Column<R>>
  /** indices into `registry.computed` of the groups that were asked for */
  readonly asked: ReadonlyArray<number>
  /** the same with what they depend on, in the order of evaluation */
  readonly needed: ReadonlyArray<number>
  readonly external: ReadonlyArray<ExternalGroup>
}

const planOf = <R>(registry: FeatureRegistry<R>, columns: ReadonlyArray<Column<R>>): Plan<R> => {
  const asked = new Set(columns.map((column) => column.group.id))
  const needed = new Set(asked)
  for (const group of [...registry.computed].reverse()) {
    if (!needed.has(group.id)) continue
    for (const dependency of group.dependencies) needed.add(groupId(dependency.name, dependency.version))
  }
  const indices = (ids: ReadonlySet<string>) =>
    registry.computed.flatMap((group, index) => ids.has(group.id) ? [index] : [])
  const external = new Map(
    columns.flatMap(({ group }) => group.kind === "external" ? [[group.id, group] as const] : [])
  )
  return { columns, asked: indices(asked), needed: indices(needed), external: [...external.values()] }
}

/** Requests repeat their references: so many different ones are remembered. */
const mostPlans = 1_000

/** Resolves references to plans, and remembers them. */
export const makePlanner = <R>(registry: FeatureRegistry<R>) => {
  const plans = new Map<string, Plan<R>>()
  return (references: ReadonlyArray<string>): Either.Either<Plan<R>, UnknownReference> => {
    const key = references.join("\n")
    const known = plans.get(key)
    if (known !== undefined) return Either.right(known)
    return Either.map(registry.resolve(references), (columns) => {
      const plan = planOf(registry, columns)
      if (plans.size >= mostPlans) plans.clear()
      plans.set(key, plan)
      return plan
    })
  }
}
