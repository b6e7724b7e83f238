import { Either, Option } from "effect"
import { parseDecimal } from "../domain/Price.js"
import type { FieldProblem } from "../domain/problems.js"
import { decodeGammaRow, type GammaRow } from "./gammaRow.js"
import type { VenueMarket } from "./VenueMarket.js"

/** A market, with what only the choice of markets needs to know of it. */
export interface ListedMarket {
  readonly market: VenueMarket
  /** it can be traded by order book now */
  readonly isOpen: boolean
  /** ids and slugs of its tags; `undefined` where the row does not say */
  readonly tagNames: ReadonlySet<string> | undefined
  /** what a text is looked for in */
  readonly texts: ReadonlyArray<string>
}

const isResolved = ({ umaResolutionStatus, umaResolutionStatuses = [] }: GammaRow): boolean => {
  // the single field is the present state, the list what led to it, sometimes without the last step
  const status = umaResolutionStatus ?? umaResolutionStatuses.at(-1)
  return status === "resolved" || status === "settled"
}

/**
 * What a YES share pays: known once the market is closed, the venue calls it resolved, and its prices are one of the three
 * ways in which it settles. Last prices (0.9995 and 0.0005) and the 0 and 0 of old rows are no outcome.
 */
const outcomeOf = (row: GammaRow, yes: 0 | 1): number | undefined => {
  if (row.closed !== true || !isResolved(row)) return undefined
  const prices = Option.getOrElse(Option.all((row.outcomePrices ?? []).map(parseDecimal)), () => [])
  const [pays, other] = [prices[yes], prices[1 - yes]]
  if (prices.length !== 2 || pays === undefined || other === undefined) return undefined
  return pays + other === 1 && (pays === 0 || pays === 0.5 || pays === 1) ? pays : undefined
}

const feeRateOf = ({ feeSchedule, feesEnabled }: GammaRow): number | undefined =>
  feesEnabled === false ? 0 : feeSchedule?.rate

/** The tag's slug where it has one: the name that does not change with the language. */
const tagNamesOf = (tag: NonNullable<GammaRow["tags"]>[number]): ReadonlyArray<string> =>
  typeof tag === "string"
    ? [tag]
    : [tag.slug, tag.label, tag.id].flatMap((name) => name === undefined ? [] : [String(name)])

const listed = (row: GammaRow): Either.Either<ListedMarket, FieldProblem> => {
  const [first, second] = row.clobTokenIds
  if (row.marketType === "scalar") {
    const expected = "a market of two outcomes, one of which pays"
    return Either.left({ field: "marketType", expected, actual: row.marketType, hint: undefined })
  }
  if (first === undefined || second === undefined) {
    return Either.left({ field: "clobTokenIds", expected: "two token ids", actual: row.clobTokenIds, hint: undefined })
  }
  const yes = row.outcomes[1]?.toLowerCase() === "yes" ? 1 : 0
  const closed = row.closed ?? false
  const tags = (row.tags ?? []).flatMap((tag) => tagNamesOf(tag).slice(0, 1))
  return Either.right({
    market: {
      id: row.conditionId,
      gammaId: String(row.id),
      slug: row.slug,
      yes: yes === 0 ? first : second,
      no: yes === 0 ? second : first,
      snapshot: {
        question: row.question ?? "",
        category: row.category,
        tags: [...new Set(tags)].sort(),
        startDate: row.startDate,
        endDate: row.endDate,
        // Gamma's only dates of resolution (umaEndDate, closedTime) are known afterwards: the end date has to serve
        resolutionDate: undefined,
        // a closed row's amounts were counted after the end
        liquidity: closed ? undefined : row.liquidity ?? row.liquidityNum ?? row.liquidityClob,
        volume24h: closed ? undefined : row.volume24hr ?? row.volume24hrClob,
        tickSize: row.orderPriceMinTickSize
      },
      feeRate: feeRateOf(row),
      closed,
      outcome: outcomeOf(row, yes)
    },
    isOpen: !closed && row.active !== false && row.archived !== true && row.enableOrderBook !== false,
    tagNames: row.tags === undefined ? undefined : new Set(row.tags.flatMap(tagNamesOf)),
    texts: [row.question, row.slug, ...(row.events ?? []).flatMap(({ slug, title }) => [title, slug])].flatMap((text) =>
      text === undefined ? [] : [text]
    )
  })
}

/** Reads Gamma's description of a market, or says which field makes it one that cannot be recorded. */
export const listedMarketOf = (row: unknown): Either.Either<ListedMarket, FieldProblem> =>
  Either.flatMap(decodeGammaRow(row), listed)
