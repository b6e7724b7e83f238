import { Effect } from "effect"
import { seeded } from "../../src/audit/random.js"
import type { Answered } from "../../src/server/gate.js"
import { app, asked, seed as published, serving, settings, tokens, writeToken } from "../server/serving.js"
import { allowed, client, fuzzedRequests } from "../support/fuzzedRequests.js"
import { type Campaign, noting, rounds } from "./Campaign.js"

const connections = 20
const requests = 1_000

export const fuzzRequests: Campaign = {
  name: "fuzz-requests",
  what: "wild HTTP requests, well framed and not; a fitting status each, never 500, and right answers after",
  rounds: rounds(5),
  meets: ["status 200", "status 400", "status 401"],
  prepare: Effect.succeed(noting((notes, _, seed) =>
    Effect.gen(function*() {
      yield* published
      const answered: Array<number> = []
      const port = yield* serving({
        tokens,
        onAnswered: ({ status }: Answered) => void answered.push(status),
        settings: { ...settings, maxBodyBytes: 20_000, rateLimitPerSec: 1_000_000 }
      })
      const counts = yield* Effect.forEach(
        Array.from({ length: connections }, (_, i) => fuzzedRequests(seeded(seed * connections + i), writeToken)),
        (fuzzed) => client(port, requests / connections, fuzzed),
        { concurrency: connections }
      )
      for (const [status, count] of counts.flatMap((own) => [...own])) {
        notes.tried += count
        // 0: a request that was not finished, and so not answered
        if (status !== 0) notes.meet(`status ${status}`, count)
        notes.demand(status === 0 || allowed.has(status), () => `status ${status}, ${count} times`)
      }
      notes.demand(!answered.includes(500), () => "a request was answered with 500")
      const fine = yield* asked(port, "/features/m1?features=orderbook.microprice", { token: writeToken })
      notes.demand(fine.text.includes("\"value\":0.405"), () => `afterwards: ${fine.text}`)
    }).pipe(Effect.provide(app))
  ))
}
