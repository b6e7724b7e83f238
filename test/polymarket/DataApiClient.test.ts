import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Layer } from "effect"
import { DataApi } from "../../src/polymarket/DataApi.js"
import * as DataApiClient from "../../src/polymarket/DataApiClient.js"
import { inProcess, quietly, settingsAt } from "./asking.js"
import { conditionIdOf } from "./rows.js"

/** The nth fill of a market, counted from its first one: two fills share each transaction, and are alike. */
const fill = (n: number, more: object = {}) => ({
  proxyWallet: "0x1",
  asset: "7",
  conditionId: conditionIdOf(1),
  side: "BUY",
  price: 0.55,
  size: 100,
  timestamp: 1_784_000_000 + Math.floor(n / 2),
  transactionHash: `0x${Math.floor(n / 2)}`,
  ...more
})

interface Page {
  readonly offset: number
  readonly limit: number
}

/** What is read of a venue that answers by pages of its fills, newest first. */
const tradesOf = (answer: (page: Page, nth: number) => { readonly status?: number; readonly body: unknown }) => {
  const asked: Array<Page> = []
  const venue = inProcess((request) =>
    Effect.sync(() => {
      const query = new Map(request.urlParams)
      const page = { offset: Number(query.get("offset")), limit: Number(query.get("limit")) }
      asked.push(page)
      return answer(page, asked.length - 1)
    })
  )
  return Effect.flatMap(DataApi, (api) => Effect.either(api.trades(conditionIdOf(1)))).pipe(
    Effect.map((result) => ({ asked, result })),
    Effect.provide(DataApiClient.layer(settingsAt("http://venue")).pipe(Layer.provide(venue.layer))),
    quietly
  )
}

const market = (count: number, more?: (n: number) => object) =>
  Array.from({ length: count }, (_, i) => fill(count - 1 - i, more?.(count - 1 - i)))
const refused = { status: 400, body: { error: "max historical activity offset exceeded" } }

describe("the trades of a market", () => {
  it.effect("are read newest first, to their end, with every fill of a transaction", () =>
    Effect.gen(function*() {
      const all = market(1_201)
      const { asked, result } = yield* tradesOf(({ limit, offset }) => ({ body: all.slice(offset, offset + limit) }))
      const { isWhole, trades } = Either.getOrThrow(result)
      assert.isTrue(isWhole)
      assert.lengthOf(trades, 1_201)
      assert.deepStrictEqual<unknown>(trades[0], {
        market: conditionIdOf(1),
        token: "7",
        side: "buy",
        price: 550_000,
        size: 100_000_000,
        at: 1_784_000_600_000,
        transaction: "0x600"
      })
      assert.deepStrictEqual(asked.map(({ offset }) => offset), [0, 480, 960, 1_181])
    }))

  it.effect("are whole though the venue gives fewer than it is asked for", () =>
    Effect.gen(function*() {
      const all = market(250)
      const { result } = yield* tradesOf(({ offset }) => ({ body: all.slice(offset, offset + 100) }))
      assert.deepStrictEqual(
        Either.map(result, ({ isWhole, trades }) => [isWhole, trades.length]),
        Either.right([true, 250])
      )
    }))

  it.effect("are each read once, though others are traded meanwhile", () =>
    Effect.gen(function*() {
      const { result } = yield* tradesOf(({ limit, offset }, nth) => ({
        body: market(1_200 + 3 * nth).slice(offset, offset + limit)
      }))
      const { trades } = Either.getOrThrow(result)
      assert.lengthOf(trades, 1_200)
    }))

  it.effect("say so where the venue gives no more of them", () =>
    Effect.gen(function*() {
      const all = market(21_000)
      const capped = yield* tradesOf(({ limit, offset }) =>
        offset > 10_000 ? refused : { body: all.slice(offset, offset + limit) }
      )
      assert.deepStrictEqual(
        Either.map(capped.result, ({ isWhole, trades }) => [isWhole, trades.length]),
        Either.right([false, 20_000])
      )
      const shallow = yield* tradesOf(({ offset }) =>
        offset > 10_000 ? refused : { body: all.slice(offset, offset + 500) }
      )
      assert.deepStrictEqual(
        Either.map(shallow.result, ({ isWhole, trades }) => [isWhole, trades.length]),
        Either.right([false, 10_500])
      )
      const silent = yield* tradesOf(({ offset }) => ({ body: offset > 20_000 ? [] : all.slice(offset, offset + 500) }))
      assert.deepStrictEqual(
        Either.map(silent.result, ({ isWhole, trades }) => [isWhole, trades.length >= 20_000]),
        Either.right([false, true])
      )
    }))

  it.effect("leave out what cannot be read", () =>
    Effect.gen(function*() {
      const all = [
        fill(9),
        fill(8, { price: 2 }),
        fill(7, { side: "HOLD" }),
        null,
        fill(6, { timestamp: 1_784_000_000_000 })
      ]
      const { result } = yield* tradesOf(({ offset }) => ({ body: offset === 0 ? all : [] }))
      assert.deepStrictEqual(
        Either.map(result, ({ isWhole, trades }) => [isWhole, trades.length]),
        Either.right([true, 1])
      )
    }))

  it.effect("fail where the venue refuses the first page, or gives no list", () =>
    Effect.gen(function*() {
      assert.isTrue(Either.isLeft((yield* tradesOf(() => refused)).result))
      assert.isTrue(Either.isLeft((yield* tradesOf(() => ({ body: { trades: 1 } }))).result))
    }))
})
