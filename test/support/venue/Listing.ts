import { seeded } from "../../../src/audit/random.js"

/** What does not change about a simulated market, and when the great events of its life are. Instants in ms UTC. */
export interface Listing {
  readonly index: number
  /** Gamma's number */
  readonly gammaId: string
  readonly conditionId: string
  readonly yes: string
  readonly no: string
  readonly question: string
  readonly slug: string
  readonly tag: Tag
  /** of `outcomes`; YES stands first unless it is named so and stands second */
  readonly outcomes: readonly [string, string]
  readonly startsAt: number
  readonly endsAt: number
  readonly feeRate: number
  /** USD, about what rests in the book */
  readonly liquidity: number
  readonly negRisk: boolean
  /** listed by Gamma, and announced on the channel, from here on */
  readonly announcedAt: number
  /** the order book exists from here on: minutes after the announcement */
  readonly opensAt: number
  readonly closesAt: number
  readonly resolvesAt: number
  /** what a YES share pays in the end */
  readonly outcome: number
  /** ms between two steps of the book, on average */
  readonly interval: number
}

export interface Tag {
  readonly id: string
  readonly slug: string
  readonly label: string
}

export const tags: ReadonlyArray<Tag> = [
  { id: "1", slug: "sports", label: "Sports" },
  { id: "2", slug: "politics", label: "Politics" },
  { id: "21", slug: "crypto", label: "Crypto" },
  { id: "84", slug: "weather", label: "Weather" }
]

const questions = [
  (n: number) => `Will team ${n} win its next match?`,
  (n: number) => `Will bill ${n} pass before the recess?`,
  (n: number) => `Will coin ${n} close above its open?`,
  (n: number) => `Will the highest temperature in town ${n} be above 20 degrees?`
]

/** How a venue is laid out: together with the time, all that its state depends on. */
export interface VenuePlan {
  readonly seed: number
  /** markets that are open from the start */
  readonly markets: number
  /** instant at which the venue comes up, ms UTC */
  readonly start: number
  /** steps of all books together, a second */
  readonly rate: number
  /** markets that are announced later, at times spread over the first hour */
  readonly newcomers?: number | undefined
  /** of the first markets, how many close and resolve within the first hour */
  readonly closing?: number | undefined
}

const minute = 60_000
const day = 24 * 60 * minute

const digits = (random: () => number, count: number, alphabet: string): string =>
  Array.from({ length: count }, () => alphabet[Math.floor(random() * alphabet.length)] ?? "0").join("")

/** Markets speak at very different rates: most of the messages come from a few, and every tenth is quiet for minutes. */
const weightOf = (index: number): number => (index % 10 === 9 ? 0.05 : 1 / (1 + index % 10))

/** Lists the market of this number; the same plan and number list the same, always. */
export const listingOf = (plan: VenuePlan, index: number): Listing => {
  const random = seeded(Math.imul(plan.seed + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b))
  const tag = tags[index % tags.length] ?? { id: "0", slug: "other", label: "Other" }
  const total = Array.from({ length: plan.markets }, (_, i) => weightOf(i)).reduce((sum, weight) => sum + weight, 0)
  const isNew = index >= plan.markets
  const announcedAt = isNew ? plan.start + Math.floor(random() * 55 * minute) + minute : plan.start - day
  const opensAt = isNew ? announcedAt + Math.floor((1 + 3 * random()) * minute) : announcedAt
  const closes = index < (plan.closing ?? 0)
  const closesAt = closes ? plan.start + Math.floor((5 + 50 * random()) * minute) : plan.start + 365 * day
  const fate = random()
  const token = (first: string) => first + digits(random, 76, "0123456789")
  return {
    index,
    gammaId: `${500_000 + index}`,
    conditionId: `0x${digits(random, 64, "0123456789abcdef")}`,
    yes: token("7"),
    no: token("2"),
    question: (questions[index % questions.length] ?? questions[0])?.(index) ?? "",
    slug: `${tag.slug}-market-${index}`,
    tag,
    outcomes: index % 7 === 6 ? ["No", "Yes"] : index % 5 === 4 ? ["Up", "Down"] : ["Yes", "No"],
    startsAt: announcedAt,
    endsAt: closes ? closesAt + 10 * minute : plan.start + Math.floor((1 + 60 * random()) * day),
    feeRate: [0, 0.02, 0.05][index % 3] ?? 0,
    liquidity: Math.round(1_000 * 500 ** random()),
    negRisk: index % 4 === 3,
    announcedAt,
    opensAt,
    closesAt,
    resolvesAt: closesAt + Math.floor((1 + 4 * random()) * minute),
    outcome: fate < 0.05 ? 0.5 : fate < 0.5 ? 1 : 0,
    interval: 1_000 * total / (plan.rate * weightOf(index))
  }
}
