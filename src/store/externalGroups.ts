import { Effect, Either } from "effect"
import type { Instant } from "../domain/Instant.js"
import { isInstant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import { nearest, showValue } from "../domain/problems.js"
import type { GroupAnswer, ScalarValue } from "../features/FeatureVector.js"
import type { ExternalGroup, FieldType } from "../features/Group.js"
import { Reason } from "../features/Reason.js"
import type { ExternalRow, ExternalValue, FeatureRepository } from "./FeatureRepository.js"
import { type ExternalFeature, ExternalRejected } from "./FeatureStore.js"

const fits: Record<FieldType, (value: ScalarValue) => boolean> = {
  float: (value) => typeof value === "number" && Number.isFinite(value),
  int: (value) => typeof value === "number" && Number.isSafeInteger(value),
  bool: (value) => typeof value === "boolean",
  string: (value) => typeof value === "string" && value.length <= 10_000
}

const expectedValue: Record<FieldType, string> = {
  float: "a finite number",
  int: "an integer",
  bool: "true or false",
  string: "text of at most 10000 characters"
}

const refuse = (field: string, expected: string, actual: unknown) =>
  Either.left(new ExternalRejected({ field, expected, actual: showValue(actual) }))

/** A row for the group that the feature names; or which field does not fit, and why. */
export const checkExternal = (
  groups: ReadonlyArray<ExternalGroup>,
  market: MarketId,
  given: ExternalFeature,
  now: Instant
): Either.Either<ExternalRow, ExternalRejected> => {
  const known = groups.flatMap((group) => group.features.map((feature) => `${group.name}.${feature.name}`))
  const found =
    groups.flatMap((group) =>
      group.features.filter((feature) => `${group.name}.${feature.name}` === given.feature)
        .map((feature) => ({ group, feature }))
    )[0]
  if (found === undefined) {
    const hint = nearest(given.feature, known)
    const declared = known.length === 0 ? "none is declared under [feature_store.external]" : known.join(", ")
    return refuse("feature", `an external feature: ${declared}${hint === undefined ? "" : ` (${hint})`}`, given.feature)
  }
  const { feature: { name, type }, group } = found
  if (given.version !== group.version) return refuse("version", `the declared version ${group.version}`, given.version)
  const availableAt = given.availableAt ?? now
  if (!isInstant(given.timestamp)) return refuse("timestamp", "an instant", given.timestamp)
  if (!isInstant(availableAt)) return refuse("availableAt", "an instant", availableAt)
  if (!fits[type](given.value)) return refuse("value", expectedValue[type], given.value)
  const value = typeof given.value === "number" ? given.value + 0 : given.value
  return Either.right({ group, market, feature: name, timestamp: given.timestamp, availableAt, value })
}

/** A value as its type has it: storage keeps truths as 1 and 0. */
export const externalScalar = (type: FieldType, value: ScalarValue): ScalarValue =>
  type === "bool" ? value === 1 : value

/** The answer of an external group: for each field the value in force, `no_data` where there is none. */
const externalAnswer = (
  group: ExternalGroup,
  inForce: ReadonlyArray<ExternalValue>,
  at: Instant
): GroupAnswer => {
  const own = group.features.map((feature) => inForce.find((value) => value.feature === feature.name))
  const timestamps = Float64Array.from(own, (value) => value?.timestamp ?? NaN)
  return {
    computedAt: at,
    values: own.map((value, i) =>
      value === undefined ? NaN : externalScalar(group.features[i]?.type ?? "float", value.value)
    ),
    reasons: Uint8Array.from(own, (value) => value === undefined ? Reason.no_data : Reason.known),
    bornAt: timestamps,
    neededAt: timestamps
  }
}

/** Reads an external group as of an instant. */
export const readExternal = (
  repository: FeatureRepository["Type"],
  group: ExternalGroup,
  market: MarketId,
  at: Instant
) => Effect.map(repository.externalAsOf(group, market, at), (inForce) => externalAnswer(group, inForce, at))
