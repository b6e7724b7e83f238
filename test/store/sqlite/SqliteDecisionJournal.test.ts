import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { join } from "node:path"
import { Instant } from "../../../src/domain/Instant.js"
import { MarketId } from "../../../src/domain/MarketId.js"
import * as SqliteStorage from "../../../src/store/sqlite/SqliteStorage.js"
import { decisionId, DecisionJournal } from "../../../src/strategy/DecisionJournal.js"
import type { Decision } from "../../../src/strategy/Signal.js"
import { opening } from "../../support/histories.js"
import { folder } from "../../support/storages.js"

const storage = (path: string) => Layer.provide(SqliteStorage.layer(path), NodeContext.layer).pipe(Layer.fresh)

const decision = (sequence: number, reason = "low_edge"): Decision => ({
  strategy: "llm-prediction",
  version: "1.0",
  market: MarketId.make("m1"),
  at: Instant(opening + sequence),
  sequence,
  features: {
    "market@1.0.current_price": {
      value: 0.1 + 0.2,
      status: "STALE",
      reason: null,
      age_ms: 12,
      computed_at: Instant(opening),
      version: "1.0",
      fingerprint: "sha256:00"
    },
    "orderbook@1.0.bid_depth": {
      value: null,
      status: "NULL",
      reason: "no_depth",
      age_ms: null,
      computed_at: Instant(opening),
      version: "1.0",
      fingerprint: "sha256:01"
    }
  },
  signals: [
    {
      kind: "forecast",
      probability: 0.62,
      evidence: { prompt: "\u0000 \ud83d\ude00 </market>", answers: [{ confidence: 1 / 3 }] }
    },
    { kind: "order", action: "buy", outcome: "no", size: 1234, limit: 480_000 },
    { kind: "pass", reason }
  ]
})

const journal = <A, E>(use: (journal: DecisionJournal["Type"]) => Effect.Effect<A, E>) =>
  Effect.flatMap(DecisionJournal, use)

describe("the journal of decisions", () => {
  it.scoped("gives back what it was given, also to the next process", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "features.db")
      yield* Effect.provide(journal(({ record }) => record([decision(1), decision(2)])), storage(path))
      const read = yield* Effect.provide(journal(({ latest }) => latest(10)), storage(path))
      assert.deepStrictEqual(read, [2, 1].map((n) => ({ id: decisionId(decision(n)), ...decision(n) })))
    }))

  it.effect("keeps a decision once, and two that differ in anything apart", () =>
    journal(({ latest, record }) =>
      Effect.gen(function*() {
        yield* record([decision(1, "first"), decision(1, "second"), decision(1, "first")])
        yield* record([decision(1, "second"), decision(1, "third")])
        const kept = yield* latest(10)
        assert.deepStrictEqual(
          kept.map(({ signals }) => signals[2]),
          ["third", "second", "first"].map((reason) => ({ kind: "pass" as const, reason }))
        )
      })
    ).pipe(Effect.provide(storage(SqliteStorage.inMemory))))

  it.effect("finds by the start of an id, and nothing else", () =>
    journal(({ find, record }) =>
      Effect.gen(function*() {
        const all = Array.from({ length: 500 }, (_, n) => decision(n + 1))
        yield* record(all)
        const ids = all.map(decisionId)
        for (const prefix of ["0", "f", "a3", ids[7] ?? "", "g", "A", "%", "_", ids[7]?.slice(0, 15) ?? ""]) {
          const found = yield* find(prefix, 1000)
          assert.sameMembers(found.map(({ id }) => id), ids.filter((id) => id.startsWith(prefix)), prefix)
        }
        assert.lengthOf(yield* find("", 3), 3)
      })
    ).pipe(Effect.provide(storage(SqliteStorage.inMemory))))

  it("an id is a hash of the whole decision, whatever the order of its keys", () => {
    const short: Decision = {
      strategy: "s",
      version: "1",
      market: MarketId.make("m"),
      at: Instant(1e12),
      sequence: 7,
      features: {},
      signals: [{ kind: "pass", reason: "hold" }]
    }
    // printf '{"at":1000000000000,"features":{},"market":"m","sequence":7,"signals":[{"kind":"pass","reason":"hold"}],
    // "strategy":"s","version":"1"}' | sha256sum
    assert.strictEqual(decisionId(short), "7fece31a0e986cf5")
    assert.notStrictEqual(decisionId({ ...short, sequence: 8 }), decisionId(short))
  })
})
