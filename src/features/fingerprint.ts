import { Effect, type Scope } from "effect"
import { Buffer } from "node:buffer"
import { createHash } from "node:crypto"
import { MarketId } from "../domain/MarketId.js"
import { Replay } from "../state/Replay.js"
import { marketViews } from "../state/views.js"
import type { AnyComputer, Configured, FeatureComputer, RowOf } from "./FeatureComputer.js"
import { probeColumns, probeInstants } from "./probe.js"
import { Row } from "./Row.js"

/** `sha256:` and 64 hex digits over the definition of a group and the bits of its outputs on the probe history. */
export type Fingerprint = `sha256:${string}`

/** JSON with sorted keys, so that the order in which a definition is written does not matter. */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0))
      : part)

export const hashOf = (...parts: ReadonlyArray<string | Uint8Array>): Fingerprint => {
  const hash = createHash("sha256")
  for (const part of parts) hash.update(part)
  return `sha256:${hash.digest("hex")}`
}

/** What a group says of itself, without prose: descriptions may be bettered, ttl and max age are operation. */
const definitionOf = (
  computer: FeatureComputer<never> | AnyComputer,
  version: string,
  configured: Pick<Configured<never>, "parameters" | "historyMillis">,
  dependencies: ReadonlyArray<Fingerprint>
): unknown => ({
  name: computer.name,
  version,
  parameters: configured.parameters,
  history: configured.historyMillis,
  features: Object.entries(computer.features).map(([name, { needs, unit }]) => ({ name, unit, needs })),
  dependencies
})

const market = MarketId.make("probe")

/** No reason's code. */
const unwritten = 255

/** What is needed to run a computer on the probe history: itself, and before it what it depends on. */
export interface Probed<R> {
  readonly computer: FeatureComputer<R>
  readonly version: string
  readonly configured: Configured<R>
}

/**
 * Fingerprints the last of `chain`; the others are its dependencies, each after its own. Variables may be renamed and code
 * moved: only a changed definition or a changed bit of an output changes the fingerprint.
 */
export const fingerprintOf = <R>(
  chain: readonly [Probed<R>, ...Array<Probed<R>>],
  dependencies: ReadonlyArray<Fingerprint>
): Effect.Effect<Fingerprint, never, Scope.Scope> => {
  const replay = new Replay(probeColumns())
  const rows = new Map<AnyComputer, Row>()
  const rowOf: RowOf = (computer) => rows.get(computer) ?? new Row(Object.keys(computer.features).length)
  return Effect.gen(function*() {
    const kernels = yield* Effect.forEach(chain, ({ computer, configured }) => {
      const row = new Row(Object.keys(computer.features).length)
      rows.set(computer, row)
      return configured.bindProbe(market, row, rowOf)
    })
    const target = chain[chain.length - 1] ?? chain[0]
    const row = rowOf(target.computer)
    const outputs = probeInstants().map((at) => {
      replay.advance(at)
      // what a kernel fails to write must not look like what it wrote before
      for (const { reasons, values } of rows.values()) {
        values.fill(Infinity)
        reasons.fill(unwritten)
      }
      for (const kernel of kernels) kernel(at)
      // each NaN of JavaScript may have other bits; the reason says what it is
      const values = row.values.map((value) => Number.isNaN(value) ? 0 : value)
      return Buffer.concat([Buffer.from(values.buffer), row.reasons])
    })
    const definition = definitionOf(target.computer, target.version, target.configured, dependencies)
    return hashOf(canonicalJson(definition), ...outputs)
  }).pipe(Effect.provide(marketViews(() => Effect.succeed(replay.state))))
}
