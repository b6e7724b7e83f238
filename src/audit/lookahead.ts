import { Effect, Stream } from "effect"
import type { MarketId } from "../domain/MarketId.js"
import type { FeatureRegistry } from "../features/FeatureRegistry.js"
import type { Task } from "../parallel/Task.js"
import type { WorkerPool } from "../parallel/WorkerPool.js"
import type { MarketViews } from "../state/views.js"
import { EventLog } from "../store/EventLog.js"
import { readAudited } from "./auditedMarket.js"
import { type CheckedMarket, checkMarket, type LookaheadFinding } from "./lookaheadOfMarket.js"
import { type Draw, drawMoments, type Sampling } from "./moments.js"
import type { OwnServices } from "./recompute.js"
import { type Subject, subjectOf } from "./subject.js"

export interface LookaheadReport {
  /** (market, instant) pairs that were audited */
  readonly samples: number
  readonly markets: number
  /** answers compared with what they are when the log ends at their instant */
  readonly comparisons: number
  /** by feature, at how many samples it failed */
  readonly features: ReadonlyArray<{ readonly feature: string; readonly failed: number }>
  /** by feature and check the first ones of each market */
  readonly findings: ReadonlyArray<LookaheadFinding>
}

export interface LookaheadOptions extends Sampling {
  /** references of computed features; all that are enabled where absent */
  readonly features?: ReadonlyArray<string> | undefined
  /** other threads that audit, see `featureWorkers`; this one does where absent. The report is the same. */
  readonly workers?: WorkerPool | undefined
  /** told how many samples are done */
  readonly onProgress?: ((done: number, total: number) => Effect.Effect<void>) | undefined
}

/** One market's share of an audit. */
export interface LookaheadUnit {
  readonly market: MarketId
  readonly draws: ReadonlyArray<Draw>
  readonly range: Pick<Sampling, "from" | "to" | "seed">
  /** the log position */
  readonly position: number
}

/** `auditMarket` on another thread, of computed features by their references. */
export const lookaheadTask: Task<
  LookaheadUnit & { readonly features: LookaheadOptions["features"] },
  CheckedMarket
> = { name: "audit lookahead" }

/** Reads and audits one market. */
export const auditMarket = <Own>(
  subject: Subject<Own>,
  { draws, market, position, range }: LookaheadUnit,
  onDone: (samples: number) => Effect.Effect<void>
) =>
  Effect.flatMap(
    readAudited(market),
    (audited) => checkMarket(subject, { ...audited, position }, draws, range, onDone)
  )

/**
 * Proves that nothing known only later moves an answer: at sampled instants every feature is computed from a log that ends
 * there, and then from logs that go on as they did, otherwise, and strangely, by kernels that are fresh and by ones that
 * have been used, and at another machine time. All must agree to the bit, in value, reason and age.
 *
 * `own` builds the services of the user's own computers (`Layer.empty` where there are none): anew for each of these logs.
 */
export const auditLookahead = <Own>(
  registry: FeatureRegistry<MarketViews | Own>,
  own: OwnServices<Own>,
  options: LookaheadOptions
) =>
  Effect.gen(function*() {
    const log = yield* EventLog
    const subject = yield* subjectOf(registry, own, options.features)
    const { features, from, onProgress, samples: wanted, seed, to, workers } = options
    const draws = drawMoments(options, yield* log.markets)
    const position = yield* log.watermark
    const failed = new Map(subject.features.map((feature) => [feature, 0]))
    const findings: Array<LookaheadFinding> = []
    let [samples, comparisons] = [0, 0]
    const report = (done: number) => onProgress?.(done, wanted) ?? Effect.void
    yield* Stream.fromIterable(draws).pipe(
      Stream.mapEffect(([market, drawn]) => {
        const unit: LookaheadUnit = { market, draws: drawn, range: { from, to, seed }, position }
        return workers === undefined
          ? auditMarket(subject, unit, (done) => report(samples + done))
          : workers.run(lookaheadTask, { ...unit, features })
      }, { concurrency: workers?.atOnce ?? 1 }),
      Stream.runForEach((checked) => {
        samples += checked.samples
        comparisons += checked.comparisons
        findings.push(...checked.findings)
        for (const [feature, count] of checked.failed) failed.set(feature, (failed.get(feature) ?? 0) + count)
        return report(samples)
      })
    )
    const all: LookaheadReport = {
      samples,
      markets: draws.size,
      comparisons,
      features: [...failed].map(([feature, count]) => ({ feature, failed: count })),
      findings
    }
    return all
  })
