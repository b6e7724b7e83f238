import { Effect, Stream } from "effect"
import type { MarketId } from "../domain/MarketId.js"
import type { Plan } from "../features/plan.js"
import { RunMemory } from "./evaluateRuns.js"
import type { Materialized, MaterializeRequest } from "./FeatureStore.js"
import { partsOf } from "./gridRuns.js"
import {
  type ComputedPart,
  type GridPart,
  materialisePart,
  type MaterialiseServices,
  materialiseTask
} from "./materialisePart.js"

/** What waits to be stored together: so many bytes of chunks, or so many parts. */
const mostBytes = 4 * 1024 * 1024
const mostParts = 64

/** A part of a market's grid that is to be computed; `isLast`: whether the market is done with it. */
interface Unit {
  readonly part: GridPart
  readonly isLast: boolean
}

interface Done extends Pick<Unit, "isLast"> {
  readonly market: MarketId
  readonly computed: ComputedPart
}

const bytesOf = ({ groups }: ComputedPart): number =>
  groups.reduce((sum, { chunks }) => sum + chunks.reduce((bytes, { data }) => bytes + data.length, 0), 0)

/** Computed parts on their way into the repository. */
const makeWriter = (repository: MaterialiseServices<never>["repository"], everyMillis: number) => {
  let held: Array<Done> = []
  let bytes = 0
  const writeUnit = ({ computed, market }: Done) =>
    Effect.forEach(computed.groups, ({ chunks, group, overtaken }) =>
      chunks.length === 0 && overtaken.length === 0
        ? Effect.void
        : repository.writeMaterialised(group, chunks, overtaken.map((firstAt) => ({ market, everyMillis, firstAt }))), {
      discard: true
    })
  /** Stores what waits, and tells what is durable by that. */
  const flush = Effect.suspend(() => {
    const units: ReadonlyArray<Done> = held
    held = []
    bytes = 0
    return units.length === 0
      ? Effect.succeed(units)
      : Effect.as(repository.together(Effect.forEach(units, writeUnit, { discard: true })), units)
  })
  const nothing: ReadonlyArray<Done> = []
  return {
    /** Tells what is durable from now on. */
    add: (unit: Done) =>
      Effect.suspend(() => {
        held.push(unit)
        bytes += bytesOf(unit.computed)
        return held.length < mostParts && bytes < mostBytes ? Effect.succeed(nothing) : flush
      }),
    flush
  }
}

/**
 * Computes a plan's groups on a time grid and stores them, market by market. Vectors that are stored and still hold are
 * left alone; where events with an earlier availableAt came in later, they are computed again. What is stored is the same
 * whichever threads compute it; this one alone writes.
 */
export const materialize = <R>(
  services: Omit<MaterialiseServices<R>, "memory">,
  plan: Plan<R>,
  { everyMillis, from, markets: wanted, onProgress, references, to, workers }: MaterializeRequest
) =>
  Effect.gen(function*() {
    const { log, repository } = services
    if (!Number.isSafeInteger(everyMillis) || everyMillis <= 0) {
      return yield* Effect.dieMessage(`a grid of every ${everyMillis} ms has no end`)
    }
    const markets = wanted ?? (yield* log.markets).map((summary) => summary.market)
    const grids = partsOf({ everyMillis, from, to })
    const done: { markets: number; computed: number; kept: number } = { markets: 0, computed: 0, kept: 0 }
    const memory = new RunMemory()
    const writer = makeWriter(repository, everyMillis)

    /** A market is done once it is durable: whoever is told of it may rely on that. */
    const report = (stored: ReadonlyArray<Done>) => {
      const finished = stored.reduce((count, { isLast }) => isLast ? count + 1 : count, 0)
      done.markets += finished
      return finished === 0 ? Effect.void : onProgress?.(done.markets, markets.length) ?? Effect.void
    }

    const compute = ({ isLast, part: { market }, part }: Unit) =>
      Effect.map(
        workers === undefined
          ? materialisePart({ ...services, memory }, plan, part)
          : workers.run(materialiseTask, part),
        (computed): Done => ({ market, computed, isLast })
      )
    yield* Stream.fromIterable(markets).pipe(
      Stream.mapConcat((market) =>
        grids.map((grid, index): Unit => ({
          part: { ...grid, market, references },
          isLast: index === grids.length - 1
        }))
      ),
      Stream.mapEffect(compute, { concurrency: workers?.atOnce ?? 1 }),
      Stream.runForEach((unit) =>
        Effect.gen(function*() {
          done.computed += unit.computed.computed
          done.kept += unit.computed.kept
          yield* report(yield* writer.add(unit))
        })
      )
    )
    yield* report(yield* writer.flush)
    const result: Materialized = done
    return result
  })
