import { Schema } from "effect"

const printable = /^[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}]{1,256}$/u
const expected = "1 to 256 printable characters"

/** The venue's id of a market: a condition id, a slug, anything printable of 1 to 256 characters without outer spaces. */
export const MarketId = Schema.String.pipe(
  Schema.filter((id) => printable.test(id) && id.trim() === id, { message: () => expected }),
  Schema.brand("MarketId")
)
export type MarketId = typeof MarketId.Type

export const isMarketId = Schema.is(MarketId)

export const expectedMarketId = `a market id of ${expected}`
