import { Layer } from "effect"
import { LiveContext } from "../../src/context/contexts.js"
import { SnapshotSource } from "../../src/context/SnapshotSource.js"
import type { FeatureRegistry } from "../../src/features/FeatureRegistry.js"
import { resolveReferences } from "../../src/features/reference.js"
import type { MarketViews } from "../../src/state/views.js"
import * as Store from "../../src/store/makeFeatureStore.js"
import { registryWith } from "./evaluate.js"
import type { NaiveParameters } from "./naive/index.js"

type Registry = FeatureRegistry<MarketViews>

/** A feature store in the present, over the storage around it. */
export const liveApp = (registry: Registry) =>
  Store.layer(registry, SnapshotSource).pipe(Layer.provideMerge(LiveContext(registry.historyMillis)))

/** The standard groups with other parameters and a greatest time to live: 0 serves nothing twice. */
export const registryOf = (parameters: NaiveParameters, ttlMillis = Infinity): Registry => {
  const registry = registryWith(parameters)
  const computed = registry.computed.map((group) => ({ ...group, ttlMillis: Math.min(group.ttlMillis, ttlMillis) }))
  return {
    ...registry,
    computed,
    groups: computed,
    historyMillis: Math.max(...computed.map((group) => group.configured.historyMillis)),
    resolve: (references) => resolveReferences(computed, references)
  }
}
