import { Effect, Stream } from "effect"
import { ReplayControl } from "../context/HistoricalClock.js"
import { Ingest } from "../context/Ingest.js"
import { eventOf } from "../domain/eventOf.js"
import { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import type { FeatureRegistry } from "../features/FeatureRegistry.js"
import type { MarketViews } from "../state/views.js"
import type { EventLog, LogEntry } from "../store/EventLog.js"
import { makeLiveSampler } from "./liveSampler.js"
import type { OwnServices } from "./recompute.js"
import type { Sample } from "./samples.js"

const availableAt = ({ columns, row }: LogEntry): Instant => Instant(columns.availableAt[row] ?? 0)

/** Told how many events have been fed. */
type OnFed = (events: number) => Effect.Effect<void>

/**
 * Feeds a log through the live context around it, instant by instant, and asks at the samples' moments: what live serving
 * would have answered, against what the log says.
 */
export const feedAndSample = <Own>(
  registry: FeatureRegistry<MarketViews | Own>,
  own: OwnServices<Own>,
  audited: EventLog["Type"],
  samples: ReadonlyArray<Sample>,
  markets: ReadonlyArray<MarketId>,
  onFed: OnFed
) =>
  Effect.gen(function*() {
    const ingest = yield* Ingest
    const control = yield* ReplayControl
    const { ask, result, tells } = yield* makeLiveSampler(registry, own, audited)
    let next = 0
    let fed = 0

    const publish = (entries: ReadonlyArray<LogEntry>) =>
      Effect.suspend(() => {
        fed += entries.length
        return entries.length === 0
          ? Effect.void
          : Effect.asVoid(
            ingest.publish(entries.flatMap(({ columns, market, row }) => eventOf(market, columns, row) ?? []))
          )
      })

    /** The samples up to `at`; those between instants are asked now, before anything of `at` is known. */
    const due = (at: number) =>
      Effect.gen(function*() {
        const here: Array<Sample> = []
        for (let sample = samples[next]; sample !== undefined && sample.at <= at; sample = samples[++next]) {
          if (sample.moment === "between" && sample.at < at) yield* ask(sample.market, sample.at)
          else here.push(sample)
        }
        return here
      })

    const feedInstant = (entries: ReadonlyArray<LogEntry>, at: Instant) =>
      Effect.gen(function*() {
        const here = yield* due(at)
        yield* control.seek(at)
        let published = 0
        for (const { share } of here.filter((sample) => sample.moment === "within").sort((a, b) => a.share - b.share)) {
          const upTo = Math.floor(share * entries.length)
          const entry = entries[upTo]
          const sequence = entry?.columns.sequence[entry.row] ?? 0
          if (entry === undefined || !(yield* tells(entry.market, at, sequence))) continue
          yield* publish(entries.slice(published, upTo + 1))
          published = upTo + 1
          yield* ask(entry.market, at, sequence)
        }
        yield* publish(entries.slice(published))
        for (const { market } of here.filter((sample) => sample.moment !== "within")) yield* ask(market, at)
      })

    let held: Array<LogEntry> = []
    const feedHeld = Effect.suspend(() => {
      const [first] = held
      const entries = held
      held = []
      return first === undefined ? Effect.void : feedInstant(entries, availableAt(first))
    })
    yield* audited.scan({ markets }).pipe(
      Stream.runForEachChunk((entries) =>
        Effect.gen(function*() {
          for (const entry of entries) {
            const [first] = held
            if (first !== undefined && availableAt(first) !== availableAt(entry)) yield* feedHeld
            held.push(entry)
          }
          yield* onFed(fed)
        })
      )
    )
    yield* feedHeld
    for (const { at, market } of yield* due(Infinity)) yield* ask(market, at)
    return { ...result(), events: fed }
  })
