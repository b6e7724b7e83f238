import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "vitest"
import { Replay } from "../../src/state/Replay.js"
import { disagreements } from "../support/agreement.js"
import { betfairEvents } from "../support/betfair.js"
import { Condensed } from "../support/condense.js"
import { differences, Evaluator, registryWith } from "../support/evaluate.js"
import { numbered } from "../support/histories.js"
import { defaultParameters, type NaiveEvent, type NaiveParameters } from "../support/naive/index.js"
import { columnsFor, placedOf } from "../support/replayOf.js"

const recording = fileURLToPath(
  new URL("../../../shared/data/venue-payloads/betfair/1-180305278.bz2", import.meta.url)
)

const read = () => {
  if (!existsSync(recording)) return { lines: [], missing: "the recording is not here" }
  const { error, status, stdout } = spawnSync("bzcat", [recording], { encoding: "utf8", maxBuffer: 2 ** 28 })
  return error === undefined && status === 0
    ? { lines: stdout.split("\n").filter((line) => line !== ""), missing: undefined }
    : { lines: [], missing: "bzcat is not installed" }
}

const { lines, missing } = read()
if (missing !== undefined) process.stderr.write(`\nNOT TESTED against a recorded exchange stream: ${missing}\n\n`)

const chosen: NaiveParameters = {
  ...defaultParameters,
  price_history: { window_secs: 600, min_coverage_secs: 60 },
  maxAgeSecs: { market: 30, orderbook: 2, price_history: 10 }
}
const window = chosen.price_history.window_secs * 1000

const markets = (): ReadonlyArray<readonly [market: string, events: ReadonlyArray<NaiveEvent>]> =>
  [...betfairEvents(lines)].map(([market, events]) => [market, numbered(events)])

/** Instants at, around and long after events, all over the history, dense where it is. */
const instantsOf = (events: ReadonlyArray<NaiveEvent>, count: number): ReadonlyArray<number> => {
  const last = events.at(-1)?.available_at ?? 0
  const offsets = [0, 0, 1, -1, 2_001, 30_000, 61_000, 600_000]
  const instants = Array.from({ length: count }, (_, i) => {
    const event = events[Math.floor(i / count * events.length)]
    return (event?.available_at ?? 0) + (offsets[i % offsets.length] ?? 0)
  })
  return [...new Set([...instants, last, last + 1, last + window])].sort((a, b) => a - b)
}

describe("a recorded exchange stream", () => {
  it.skipIf(missing !== undefined)("gives the features of the naive reference, all the way through", () => {
    let asked = 0
    for (const [market, events] of markets()) {
      const replay = new Replay(columnsFor(placedOf(events, market)))
      const evaluator = new Evaluator(replay.state, registryWith(chosen))
      const condensed = new Condensed()
      let next = 0
      for (const at of instantsOf(events, 1_100)) {
        for (let event = events[next]; event !== undefined && event.available_at <= at; event = events[++next]) {
          condensed.push(event)
        }
        replay.advance(at)
        const answers = evaluator.vector(at).entries()
        assert.deepStrictEqual(disagreements(answers, condensed.events(at - window), market, at, chosen), [])
        asked++
      }
      assert.strictEqual(next, events.length)
    }
    assert.isAbove(asked, 2_000)
  })

  it.skipIf(missing !== undefined)("gives the same bits sliding, seeking and from scratch", () => {
    for (const [market, events] of markets()) {
      const columns = columnsFor(placedOf(events, market))
      const registry = registryWith(chosen)
      const mover = () => {
        const replay = new Replay(columns)
        return { replay, evaluator: new Evaluator(replay.state, registry) }
      }
      const sliding = mover()
      const seeking = mover()
      const names = sliding.evaluator.names()
      const instants = instantsOf(events, 1_000)
      const bits = instants.map((at) => {
        sliding.replay.advance(at)
        return { at, expected: sliding.evaluator.bits(at) }
      })
      // 7 919 is prime: every instant once, in no order
      for (let i = 0; i < bits.length; i++) {
        const one = bits[i * 7_919 % bits.length]
        if (one === undefined) continue
        seeking.replay.seek(one.at)
        assert.deepStrictEqual(differences(names, seeking.evaluator.bits(one.at), one.expected), [])
        if (i % 50 !== 0) continue
        const fresh = mover()
        fresh.replay.advance(one.at)
        assert.deepStrictEqual(differences(names, fresh.evaluator.bits(one.at), one.expected), [])
      }
    }
  })
})
