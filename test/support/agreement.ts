import { Record } from "effect"
import { eng } from "stopword"
import type { FeatureValue } from "../../src/features/FeatureVector.js"
import { exactFeatures } from "./evaluate.js"
import type { FeatureName, NaiveAnswer, NaiveEvent, NaiveParameters } from "./naive/index.js"
import { naiveFeatures } from "./naive/index.js"

/** The library's English words and the few that questions are made of. */
const stopWords: ReadonlySet<string> = new Set([...eng, "will", "does", "when", "whether", "shall"])

const isNear = (actual: number, expected: number) =>
  Math.abs(actual - expected) <= Math.max(1e-12, 1e-9 * Math.abs(expected))

const agrees = (name: FeatureName, actual: FeatureValue, expected: NaiveAnswer): boolean =>
  actual.status === expected.status &&
  actual.reason === expected.reason &&
  actual.age_ms === expected.ageMs &&
  (typeof actual.value === "number" && expected.value !== null && !exactFeatures.has(name)
    ? isNear(actual.value, expected.value)
    : Object.is(actual.value, expected.value))

const shown = ({ reason, status, value }: NaiveAnswer | FeatureValue, age: number | null) =>
  `${status} ${value ?? reason} aged ${age}`

/** Where answers differ from what the naive reference gives for the market at `at`: one line a feature. */
export const disagreements = (
  answers: Iterable<readonly [name: string, answer: FeatureValue]>,
  events: ReadonlyArray<NaiveEvent>,
  market: string,
  at: number,
  parameters: NaiveParameters,
  upTo = Infinity
): ReadonlyArray<string> => {
  const found = new Map(answers)
  const expected = naiveFeatures(events, market, at, { parameters, stopWords, upTo })
  const names = Record.keys(expected)
  return [
    ...names.flatMap((name) => {
      const actual = found.get(name)
      if (actual === undefined) return [`${name}: no answer`]
      const naive = expected[name]
      return agrees(name, actual, naive)
        ? []
        : [`${name} at ${at}: ${shown(actual, actual.age_ms)}, naive ${shown(naive, naive.ageMs)}`]
    }),
    ...(found.size === names.length ? [] : [`${found.size} features instead of ${names.length}`])
  ]
}
