import { Effect, Stream } from "effect"
import type { MarketId } from "../domain/MarketId.js"
import type { FeatureRegistry } from "../features/FeatureRegistry.js"
import { type ComputedGroup, groupId } from "../features/Group.js"
import type { Task } from "../parallel/Task.js"
import type { MarketViews } from "../state/views.js"
import { EventLog } from "../store/EventLog.js"
import { readAudited } from "./auditedMarket.js"
import type { LookaheadOptions } from "./lookahead.js"
import { type Draw, drawMoments, type Sampling } from "./moments.js"
import type { OwnServices } from "./recompute.js"
import { type Subject, subjectOf } from "./subject.js"
import { type MeasuredMarket, measureMarket, type WarmupFinding, type WarmupPlan } from "./warmupOfMarket.js"

/** Over all samples; `null` is more than the longest history that was tried. */
export interface WarmupLengths {
  readonly p50_ms: number | null
  readonly max_ms: number | null
}

export interface WarmupOfFeature {
  /** `group@version.feature` */
  readonly feature: string
  /** how far back its windows reach, with those that it depends on */
  readonly declared_ms: number
  /** the history it takes a run that is given the declared state at its start */
  readonly warm: WarmupLengths
  /** the history it takes a run that is given nothing: a recorder that was started then */
  readonly from_nothing: WarmupLengths
  /** samples at which a run that began within the declared reach gave another value, and not a reason for having none */
  readonly cold_values: number
  /** samples that are findings */
  readonly failed: number
}

export interface WarmupReport {
  /** (market, instant) pairs that were audited */
  readonly samples: number
  readonly markets: number
  /** lengths of history that were tried, in ms */
  readonly ladder_ms: ReadonlyArray<number>
  readonly comparisons: number
  readonly features: ReadonlyArray<WarmupOfFeature>
  /** by feature and check the first ones of each market */
  readonly findings: ReadonlyArray<WarmupFinding>
}

export interface WarmupOptions extends LookaheadOptions {
  /**
   * Whether a value that is given within the declared reach, and differs from what all of the past gives, is a finding too.
   * Of the standard features, sentiment and the statistics of a price window are defined on as much of their window as is
   * known, so that it is not one by default.
   */
  readonly strict?: boolean | undefined
}

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const everyday = [0, second, 10 * second, minute, 5 * minute, 15 * minute, hour, 6 * hour, 24 * hour]

/** Everyday lengths, and each declared one with what lies just beyond it. */
const ladderOf = (declared: Iterable<number>): ReadonlyArray<number> => {
  const lengths = [...everyday, ...[...declared].flatMap((reach) => [reach, Math.ceil(1.5 * reach), 2 * reach])]
  return [...new Set(lengths)].sort((a, b) => a - b)
}

/** How far back a group reaches: by its own windows, and through what it depends on. */
const reachOf = <R>(group: ComputedGroup<R>, all: ReadonlyArray<ComputedGroup<R>>): number =>
  group.dependencies.reduce((reach, { name, version }) => {
    const dependency = all.find((other) => other.id === groupId(name, version))
    return dependency === undefined ? reach : Math.max(reach, reachOf(dependency, all))
  }, group.configured.historyMillis)

const lengthsOf = (lengths: ReadonlyArray<number>): WarmupLengths => {
  const sorted = [...lengths].sort((a, b) => a - b)
  const known = (length: number | undefined) => length === undefined || length === Infinity ? null : length
  return { p50_ms: known(sorted[(sorted.length - 1) >>> 1]), max_ms: known(sorted.at(-1)) }
}

/** One market's share of an audit. */
export interface WarmupUnit {
  readonly market: MarketId
  readonly draws: ReadonlyArray<Draw>
  readonly range: Pick<Sampling, "from" | "to">
  readonly plan: WarmupPlan
}

/** `measureAt` on another thread, of computed features by their references. */
export const warmupTask: Task<WarmupUnit & { readonly features: WarmupOptions["features"] }, MeasuredMarket> = {
  name: "audit warmup"
}

/** Reads and audits one market. */
export const measureAt = <Own>(
  subject: Subject<Own>,
  { draws, market, plan, range }: WarmupUnit,
  onDone: (samples: number) => Effect.Effect<void>
) => Effect.flatMap(readAudited(market), (audited) => measureMarket(subject, audited, plan, draws, range, onDone))

/**
 * Measures how much of the past each feature needs, against how much it declares: at sampled instants every feature is
 * computed by runs that begin later and later. A run is given the declared state as of its beginning (see `declaredState`),
 * as a restart from a checkpoint is, and has to answer like the whole past once it has seen as much as is declared.
 * Beside it, without judging: when a recorder that starts with nothing becomes right, which may take until the next
 * snapshot or book.
 */
export const auditWarmup = <Own>(
  registry: FeatureRegistry<MarketViews | Own>,
  own: OwnServices<Own>,
  options: WarmupOptions
) =>
  Effect.gen(function*() {
    const log = yield* EventLog
    const subject = yield* subjectOf(registry, own, options.features)
    const declared = new Map<string, number>(subject.groups.flatMap((group) => {
      const reach = reachOf(group, registry.computed)
      return group.features.map(({ name }) => [`${group.id}.${name}`, reach] as const)
    }))
    const ladder = ladderOf(declared.values())
    const draws = drawMoments(options, yield* log.markets)
    const { from, onProgress, strict = false, to, workers } = options
    const plan: WarmupPlan = { declared, ladder, strict }
    const checked: Array<MeasuredMarket> = []
    let [samples, comparisons] = [0, 0]
    const report = (done: number) => onProgress?.(done, options.samples) ?? Effect.void
    yield* Stream.fromIterable(draws).pipe(
      Stream.mapEffect(([market, drawn]) => {
        const unit: WarmupUnit = { market, draws: drawn, range: { from, to }, plan }
        return workers === undefined
          ? measureAt(subject, unit, (done) => report(samples + done))
          : workers.run(warmupTask, { ...unit, features: options.features })
      }, { concurrency: workers?.atOnce ?? 1 }),
      Stream.runForEach((result) => {
        samples += result.samples
        comparisons += result.comparisons
        checked.push(result)
        return report(samples)
      })
    )
    const features = subject.features.map((feature): WarmupOfFeature => {
      const measured = checked.flatMap((one) => one.measured.get(feature) ?? [])
      return {
        feature,
        declared_ms: declared.get(feature) ?? 0,
        warm: lengthsOf(measured.map((one) => one.warm)),
        from_nothing: lengthsOf(measured.map((one) => one.fromNothing)),
        cold_values: measured.filter((one) => one.coldValue).length,
        failed: checked.reduce((sum, one) => sum + (one.failed.get(feature) ?? 0), 0)
      }
    })
    const all: WarmupReport = {
      samples,
      markets: draws.size,
      ladder_ms: ladder,
      comparisons,
      features,
      findings: checked.flatMap((one) => one.findings)
    }
    return all
  })
