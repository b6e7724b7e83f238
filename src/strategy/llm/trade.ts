import type { Holding } from "../Portfolio.js"
import type { Order, Outcome, Pass } from "../Signal.js"
import type { Consensus } from "./ensemble.js"
import { pass } from "./screen.js"
import type { LlmSettings } from "./settings.js"
import { type Edge, edgeOf, sizeOf, type Touch } from "./sizing.js"

/** Sells what is held of the other outcome: at the price at which one's own could be bought. */
const close = (outcome: Outcome, size: number, { limit }: Edge, evidence: Order["evidence"]): Order => ({
  kind: "order",
  action: "sell",
  outcome,
  size,
  limit: 1_000_000 - limit,
  evidence
})

/**
 * The trade that a consensus is worth, or why it is worth none: first its direction, then confidence, edge and size, each
 * against its threshold. The figures that led there come with it.
 */
export const tradeOf = (
  consensus: Consensus,
  touch: Touch,
  holding: Holding,
  settings: LlmSettings
): Order | Pass => {
  const { confidence, disagreement, prediction, probability } = consensus
  if (prediction === "hold") return pass("hold")
  const edge = edgeOf(prediction, probability, touch, settings.takerFeeRate)
  const required = settings.minEdge + settings.disagreementWeight * disagreement
  const { disagreementWeight, kellyFraction, maxMarketShare, maxTotalShare, minConfidence, minEdge } = settings
  const thresholds = {
    minConfidence,
    minEdge,
    disagreementWeight,
    required,
    kellyFraction,
    maxMarketShare,
    maxTotalShare
  }
  const judged = { consensus, touch, edge, thresholds }
  if (confidence < minConfidence) return pass("low_confidence", judged)
  if (edge.edge <= 0 || edge.edge < required) return pass("low_edge", judged)
  const [other, held] = prediction === "yes" ? ["no" as const, holding.no] : ["yes" as const, holding.yes]
  if (held > 0) return close(other, held, edge, { ...judged, holding })
  const sizing = sizeOf(edge, holding, settings)
  const sized = { ...judged, holding, sizing }
  return sizing.size > 0
    ? { kind: "order", action: "buy", outcome: prediction, size: sizing.size, limit: edge.limit, evidence: sized }
    : pass(sizing.bound === "kelly" ? "position_held" : sizing.bound, sized)
}
