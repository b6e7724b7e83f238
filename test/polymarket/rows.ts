/** The condition id of the nth market, its tokens, and its row as Gamma writes one. */
export const conditionIdOf = (n: number): string => `0x${n.toString(16).padStart(64, "0")}`
export const yesOf = (n: number): string => `7${String(n).padStart(40, "0")}1`
export const noOf = (n: number): string => `7${String(n).padStart(40, "0")}2`

export const rowOf = (n: number, more: object = {}) => ({
  id: String(1_000 + n),
  question: `Will it rain on day ${n}?`,
  conditionId: conditionIdOf(n),
  slug: `rain-on-day-${n}`,
  category: "Weather",
  startDate: "2026-03-11T09:29:01.328428Z",
  endDate: "2026-03-12T09:25:00Z",
  outcomes: "[\"Yes\", \"No\"]",
  outcomePrices: "[\"0.505\", \"0.495\"]",
  clobTokenIds: JSON.stringify([yesOf(n), noOf(n)]),
  liquidity: "20328.3747",
  liquidityNum: 20_328.37,
  volume: "99.5",
  volume24hr: 9.999997,
  orderPriceMinTickSize: 0.001,
  bestBid: 0.5,
  bestAsk: 0.51,
  active: true,
  closed: false,
  archived: false,
  enableOrderBook: true,
  feesEnabled: true,
  feeSchedule: { rate: 0.05, exponent: 1, takerOnly: true, rebateRate: 0.2 },
  umaResolutionStatuses: "[]",
  tags: [{ id: "84", slug: "weather", label: "Weather" }, { id: "7", slug: "daily", label: "Daily" }],
  events: [{ id: "90", slug: "rain", title: "Rain in March" }],
  ...more
})
