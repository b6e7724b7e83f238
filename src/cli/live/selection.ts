import * as Options from "@effect/cli/Options"
import { Effect, Option } from "effect"
import type { Selection } from "../../live/Catalogue.js"
import { optionalText } from "../options.js"
import { UsageRefused } from "../UsageRefused.js"
import { decimalOf, integerOf } from "../values.js"

/** Which markets a live command follows. */
export const selectionOptions = {
  market: Options.text("market").pipe(
    Options.withPseudoName("ID"),
    Options.withDescription("a market by condition id, slug, token id or the venue's number; repeatable"),
    Options.repeated
  ),
  tag: optionalText("tag", "TAG", "open markets with this tag, by its id or slug"),
  text: optionalText("text", "TEXT", "open markets whose question or slug contains this text"),
  minLiquidity: optionalText("min-liquidity", "USD", "open markets with at least this liquidity; 0 takes all"),
  maxMarkets: optionalText("max-markets", "N", "of these, the most to follow, by liquidity (default: 100)")
}

interface Given {
  readonly market: ReadonlyArray<string>
  readonly tag: Option.Option<string>
  readonly text: Option.Option<string>
  readonly minLiquidity: Option.Option<string>
  readonly maxMarkets: Option.Option<string>
}

const mostMarkets = 5_000

/** What an option holds, read; `undefined` where it is left out. */
const optional = <A>(value: Option.Option<string>, read: (text: string) => Effect.Effect<A, UsageRefused>) =>
  Effect.map(Effect.transposeMapOption(value, read), Option.getOrUndefined)

const textOf = (name: string) => (given: string): Effect.Effect<string, UsageRefused> =>
  given.trim() === ""
    ? new UsageRefused({
      problem: `${name}: expected a text, got nothing`,
      hint: `write ${name} TEXT, or leave it out`
    })
    : Effect.succeed(given.trim())

/** Reads the selection; at least one of its options must be given. */
export const selectionOf = (given: Given): Effect.Effect<Selection, UsageRefused> =>
  Effect.gen(function*() {
    const ids = given.market.flatMap((list) => list.split(",")).map((id) => id.trim())
    if (ids.includes("")) {
      return yield* new UsageRefused({ problem: "--market: expected an id, got nothing", hint: "write --market ID" })
    }
    const tag = yield* optional(given.tag, textOf("--tag"))
    const text = yield* optional(given.text, textOf("--text"))
    const minLiquidity = yield* optional(given.minLiquidity, (amount) => decimalOf("--min-liquidity", amount, 0, 1e12))
    const most = yield* Option.match(given.maxMarkets, {
      onNone: () => Effect.succeed(100),
      onSome: (count) => integerOf("--max-markets", count, 1, mostMarkets)
    })
    const isFiltered = tag !== undefined || text !== undefined || minLiquidity !== undefined
    if (ids.length === 0 && !isFiltered) {
      return yield* new UsageRefused({
        problem: "no market is chosen",
        hint: "name some with --market, or filter with --tag, --text or --min-liquidity"
      })
    }
    return { ids, filter: isFiltered ? { tag, text, minLiquidity } : undefined, most }
  })
