import type { Effect, Scope } from "effect"
import type { FeatureRegistry, RegistrySettings } from "../features/FeatureRegistry.js"
import type { Fingerprint } from "../features/fingerprint.js"
import { makeThreads } from "./threads.js"
import type { WorkerPool } from "./WorkerPool.js"

/** What a thread that computes features is told when it starts. */
export interface FeatureStart {
  readonly database: string
  readonly settings: RegistrySettings
  /** by group id, as the asking thread has them */
  readonly fingerprints: ReadonlyArray<readonly [id: string, fingerprint: Fingerprint]>
}

export interface FeatureWorkersOptions<R> {
  /** the module that a thread runs: it ends in `featureWorker` with the registry's computers */
  readonly entry: URL
  /** threads that compute, beside this one, which reads spines and writes */
  readonly size: number
  /** the file of the database; one in memory cannot be shared */
  readonly database: string
  readonly registry: FeatureRegistry<R>
  /** what the registry was made with */
  readonly settings: RegistrySettings
}

/**
 * Threads that compute the features of a registry from a database, for `materialize`, `buildDataset` and the audits. Functions
 * do not travel between threads, so that each builds the registry anew from its entry and these settings; one whose groups
 * have other fingerprints than the registry here refuses to work.
 */
export const featureWorkers = <R>(
  { database, entry, registry, settings, size }: FeatureWorkersOptions<R>
): Effect.Effect<WorkerPool, never, Scope.Scope> => {
  const start: FeatureStart = {
    database,
    settings: { cacheTtlSecs: settings.cacheTtlSecs, features: settings.features, external: settings.external },
    fingerprints: registry.computed.map(({ fingerprint, id }) => [id, fingerprint])
  }
  return makeThreads(entry, size, start)
}
