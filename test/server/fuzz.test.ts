import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { seeded } from "../../src/audit/random.js"
import type { Answered } from "../../src/server/gate.js"
import { allowed, client, fuzzedRequests } from "../support/fuzzedRequests.js"
import { app, asked, json, seed, serving, settings, tokens, writeToken } from "./serving.js"

const requests = 10_000
const connections = 20
const fuzzed = fuzzedRequests(seeded(20_260_713), writeToken)

setFlagsFromString("--expose-gc")
const collect: unknown = runInNewContext("gc")

/** Bytes in use once what nobody holds has been collected. */
const heap = () => {
  if (typeof collect === "function") Reflect.apply(collect, undefined, [])
  return process.memoryUsage().heapUsed
}

describe("a server that is asked anything", () => {
  it.scopedLive("gives a fitting status to 10,000 wild requests, goes on serving, and keeps its memory", () => {
    const answered: Array<number> = []
    const onAnswered = ({ status }: Answered) => void answered.push(status)
    return Effect.gen(function*() {
      yield* seed
      const port = yield* serving({
        tokens,
        onAnswered,
        settings: { ...settings, maxBodyBytes: 20_000, rateLimitPerSec: 1_000_000 }
      })
      const burst = (count: number) =>
        Effect.forEach(Array.from({ length: connections }), () => client(port, count / connections, fuzzed), {
          concurrency: connections
        })
      yield* burst(requests / 5)
      const before = heap()
      const counts = yield* burst(requests * 4 / 5)
      const statuses = new Map<number, number>()
      for (const own of counts) {
        for (const [status, count] of own) statuses.set(status, (statuses.get(status) ?? 0) + count)
      }
      for (const status of statuses.keys()) {
        // 0: a request that was not finished, and so not answered
        assert.isTrue(status === 0 || allowed.has(status), `${status} of ${JSON.stringify([...statuses])}`)
      }
      assert.notInclude(answered, 500)
      for (const status of [200, 400, 401, 404, 405, 413, 415]) {
        assert.isAbove(statuses.get(status) ?? 0, 0, `${status}`)
      }
      const fine = yield* asked(port, "/features/m1?features=orderbook.microprice", { token: writeToken })
      assert.include(JSON.stringify(json(fine)), "\"value\":0.405")
      assert.isBelow(heap() - before, 10_000_000)
    }).pipe(Effect.provide(app))
  })
})
