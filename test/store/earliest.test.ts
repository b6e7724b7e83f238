import { Effect, Exit } from "effect"
import { assert, describe, it } from "vitest"
import { Instant } from "../../src/domain/Instant.js"
import { demandRetained, earliestOf } from "../../src/store/earliest.js"

const compacted = Date.UTC(2026, 2, 29, 12)
const hour = 3_600_000

describe("the earliest instant that a log still answers", () => {
  it("is as long after what was dropped as features look back, and none where nothing was", () => {
    assert.strictEqual(earliestOf(compacted, hour), Instant(compacted + hour))
    assert.strictEqual(earliestOf(0, hour), Instant(0))
  })

  it("is answered, and nothing before it", () => {
    const earliest = compacted + hour
    assert.isTrue(Exit.isSuccess(Effect.runSyncExit(demandRetained(earliest, compacted, hour))))
    assert.isTrue(Exit.isSuccess(Effect.runSyncExit(demandRetained(0, 0, hour))))
    const failure = Effect.runSync(Effect.flip(demandRetained(earliest - 1, compacted, hour)))
    assert.strictEqual(failure.earliest, earliest)
    assert.strictEqual(
      failure.message,
      "answer as of 2026-03-29T12:59:59.999Z: the log was compacted, and answers go back to 2026-03-29T13:00:00.000Z " +
        "(ask for 2026-03-29T13:00:00.000Z or later, or restore the database from before `log compact`)"
    )
  })
})
