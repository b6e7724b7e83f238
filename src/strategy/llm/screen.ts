import { toUnits } from "../../domain/Price.js"
import type { FeatureVector } from "../../features/FeatureVector.js"
import type { Pass } from "../Signal.js"
import type { PromptFeature } from "./prompt.js"
import type { LlmSettings } from "./settings.js"
import type { Touch } from "./sizing.js"

/** Up to this spread, in millionths, `market.current_price` is the middle of the touch (the venue's display rule). */
const widest = 100_000

/** No trade for a reason, with what explains it. */
export const pass = (reason: string, evidence?: Pass["evidence"]): Pass => ({ kind: "pass", reason, evidence })

/** The value of a feature of the prompt, where it is present and not stale. */
const numberOf = (vector: FeatureVector<unknown>, key: PromptFeature): number | undefined => {
  const value = vector.present(key)
  return typeof value === "number" ? value : undefined
}

/** The touch by middle and spread; `undefined` where these do not tell it. */
export const touchOf = (vector: FeatureVector<unknown>): Touch | undefined => {
  const middle = numberOf(vector, "market@1.0.current_price")
  const spread = numberOf(vector, "market@1.0.price_spread")
  return middle === undefined || spread === undefined || toUnits(spread) > widest
    ? undefined
    : { bid: toUnits(middle - spread / 2), ask: toUnits(middle + spread / 2) }
}

/** What speaks against a market before any model is asked; `undefined` where nothing does. */
export const objectionTo = (vector: FeatureVector<unknown>, { minLiquidityUsd }: LlmSettings): Pass | undefined => {
  const liquidity = numberOf(vector, "market@1.0.liquidity")
  const evidence = { liquidity: liquidity ?? null, minimum: minLiquidityUsd }
  if (minLiquidityUsd > 0 && liquidity === undefined) return pass("no_liquidity", evidence)
  return liquidity !== undefined && liquidity < minLiquidityUsd ? pass("low_liquidity", evidence) : undefined
}
