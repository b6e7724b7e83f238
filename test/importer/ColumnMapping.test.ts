import { assert, describe, it } from "@effect/vitest"
import { Either } from "effect"
import { showProblem } from "../../src/domain/problems.js"
import { canonicalMapping, parseColumnMapping } from "../../src/importer/ColumnMapping.js"

const refusal = (text: string) =>
  Either.mapLeft(parseColumnMapping(text), showProblem).pipe(Either.flip, Either.getOrThrow)

describe("the columns of a quotes file", () => {
  it("are named after this project's names", () => {
    assert.deepStrictEqual(
      parseColumnMapping("available_at=ts_ms, market = slug,volume_24h=a=b"),
      Either.right({ available_at: "ts_ms", market: "slug", volume_24h: "a=b" })
    )
  })

  it("are refused where the first name is none of this project's, with the nearest one", () => {
    const names = "expected one of available_at, market, event_time, best_bid, best_ask, volume_24h before the ="
    assert.strictEqual(refusal("best_bit=bid"), `columns: ${names}, got "best_bit" (did you mean best_bid?)`)
    assert.strictEqual(
      refusal("market=m,ts_ms=available_at"),
      `columns: ${names}, got "ts_ms" (write available_at=ts_ms)`
    )
    assert.strictEqual(refusal("price=p"), `columns: ${names}, got "price"`)
    assert.strictEqual(refusal("__proto__=p"), `columns: ${names}, got "__proto__"`)
  })

  it("are refused where a pair is none, or comes twice", () => {
    for (const text of ["", "market", "market=", "=slug", "market=slug,"]) {
      assert.match(refusal(text), /^columns: expected COLUMN=NAME, separated by commas, got /u)
    }
    assert.match(refusal("market=a,market=b"), /^columns: expected market once, got /u)
  })

  it("are the same mapping in any order, named or by default", () => {
    const mapping = Either.getOrThrow(parseColumnMapping("market=slug,best_bid=best_bid"))
    assert.strictEqual(canonicalMapping(mapping), canonicalMapping({ market: "slug" }))
    assert.notStrictEqual(canonicalMapping(mapping), canonicalMapping({}))
  })
})
