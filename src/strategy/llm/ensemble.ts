import type { Answer } from "./answer.js"

/** What several models say together. */
export interface Consensus {
  /** what more than half of them predict, otherwise `hold` */
  readonly prediction: Answer["prediction"]
  /** the median of their target prices: one model that is far off does not move it far */
  readonly probability: number
  /** the median of their confidences */
  readonly confidence: number
  /** the standard deviation of their target prices, over all of them; 0 for one */
  readonly disagreement: number
}

/** The middle value, or the mean of the two in the middle. There is at least one. */
const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const [low = NaN, high = low] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]]
  return (low + high) / 2
}

const deviation = (values: ReadonlyArray<number>): number => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
}

/** The consensus of at least one answer. */
export const consensusOf = (answers: ReadonlyArray<Answer>): Consensus => {
  const targets = answers.map(({ target_price }) => target_price)
  const isMajority = (side: Answer["prediction"]) =>
    answers.filter(({ prediction }) => prediction === side).length * 2 > answers.length
  return {
    prediction: isMajority("yes") ? "yes" : isMajority("no") ? "no" : "hold",
    probability: median(targets),
    confidence: median(answers.map(({ confidence }) => confidence)),
    disagreement: deviation(targets)
  }
}
