import type { AnyComputer, Configured, FeatureComputer, FeatureSpec } from "./FeatureComputer.js"
import type { Fingerprint } from "./fingerprint.js"

/** `orderbook@1.0`: what stored data, cached vectors and lineage name a group by. */
export const groupId = (name: string, version: string): string => `${name}@${version}`

/** One output of a group, with its place in the group's row. */
export interface GroupFeature extends FeatureSpec {
  readonly name: string
  readonly index: number
}

/** A computed group as it is served: a computer with its parameters, under one version. */
export interface ComputedGroup<R> {
  readonly kind: "computed"
  readonly id: string
  readonly name: string
  readonly version: string
  /** whether requests without a version mean this one */
  readonly isDefault: boolean
  /** whether requests may name it; a disabled group is still computed where another depends on it */
  readonly enabled: boolean
  readonly features: ReadonlyArray<GroupFeature>
  readonly computer: FeatureComputer<R>
  readonly configured: Configured<R>
  readonly dependencies: ReadonlyArray<AnyComputer>
  readonly ttlMillis: number
  /** `undefined` is unlimited */
  readonly maxAgeMillis: number | undefined
  readonly fingerprint: Fingerprint
}

export type FieldType = "float" | "int" | "bool" | "string"

/** A group whose values are computed elsewhere and stored here. */
export interface ExternalGroup {
  readonly kind: "external"
  readonly id: string
  readonly name: string
  readonly version: string
  readonly isDefault: true
  readonly enabled: true
  readonly features: ReadonlyArray<GroupFeature & { readonly type: FieldType }>
  readonly ttlMillis: number
  readonly maxAgeMillis: number | undefined
  readonly fingerprint: Fingerprint
}

export type Group<R> = ComputedGroup<R> | ExternalGroup
