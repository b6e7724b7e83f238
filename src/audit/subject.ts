import { type Effect, Either } from "effect"
import type { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import type { BoundMarket } from "../features/BoundMarket.js"
import type { FeatureRegistry } from "../features/FeatureRegistry.js"
import type { GroupAnswer } from "../features/FeatureVector.js"
import type { ComputedGroup } from "../features/Group.js"
import { makePlanner, type Plan } from "../features/plan.js"
import type { UnknownReference } from "../features/reference.js"
import type { MarketState } from "../state/MarketState.js"
import type { MarketViews } from "../state/views.js"
import { evaluate } from "../store/Evaluator.js"
import type { EventLog } from "../store/EventLog.js"
import { compareAnswers, type Compared, type Side } from "./difference.js"
import { bindReplay, overLog, type OwnServices } from "./recompute.js"

/** What is audited: computed features, and how they are bound. */
export interface Subject<Own> {
  readonly registry: FeatureRegistry<MarketViews | Own>
  readonly own: OwnServices<Own>
  readonly plan: Plan<MarketViews | Own>
  readonly groups: ReadonlyArray<ComputedGroup<MarketViews | Own>>
  /** `group@version.feature` */
  readonly features: ReadonlyArray<string>
}

/** A subject by references; all enabled computed groups where there are none. */
export const subjectOf = <Own>(
  registry: FeatureRegistry<MarketViews | Own>,
  own: OwnServices<Own>,
  references?: ReadonlyArray<string>
): Either.Either<Subject<Own>, UnknownReference> => {
  const all = registry.computed.filter((group) => group.enabled).map((group) => group.id)
  return Either.map(makePlanner(registry)(references ?? all), (plan) => ({
    registry,
    own,
    plan,
    groups: plan.asked.flatMap((index) => registry.computed.slice(index, index + 1)),
    features: [
      ...new Set(
        plan.columns.flatMap(({ feature, group }) => group.kind === "computed" ? [`${group.id}.${feature.name}`] : [])
      )
    ]
  }))
}

/** A state that somebody else moves. */
interface Stateful {
  readonly state: MarketState
}

/** Binds the subject anew: its kernels see this state, and services of its own see this log. */
export const bindSubject = <Own>(
  { own, registry }: Subject<Own>,
  market: MarketId,
  over: Stateful,
  log: EventLog["Type"]
): Effect.Effect<BoundMarket<MarketViews | Own>> => bindReplay(registry, overLog(own, log), market, over)

/** Answers of the asked groups, by their ids. */
export type Answers = ReadonlyMap<string, GroupAnswer>

const stay = () => {}

/** What a bound market answers at `at`, where its state has been moved to. */
export const answersAt = <Own>(
  { plan }: Subject<Own>,
  bound: BoundMarket<MarketViews | Own>,
  at: Instant
): Answers => evaluate({ bound, handle: { state: bound.state, completeSince: 0, moveTo: stay } }, plan, at)

/** A feature in which two answers differ. */
export interface Differing {
  readonly feature: string
  readonly expected: Side
  readonly found: Side
}

/** The audited features in which two answers differ: in any bit of the value, in the reason, or in the age where it is given. */
export const differing = <Own>(
  { features, groups }: Subject<Own>,
  at: Instant,
  expected: Answers,
  found: ReadonlyMap<string, Compared>
): ReadonlyArray<Differing> =>
  groups.flatMap((group) =>
    compareAnswers(group, at, expected.get(group.id), found.get(group.id))
      .filter(({ feature }) => features.includes(feature))
      .map(({ feature, history, live }) => ({ feature, expected: live, found: history }))
  )
