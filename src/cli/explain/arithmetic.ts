import type { TradeEvidence } from "../../strategy/llm/evidence.js"

/** Six significant digits: enough to follow the steps, which were made with all of them. */
const figure = (value: number): string => String(Number(value.toPrecision(6)))

const direction = ({ consensus, thresholds, touch }: TradeEvidence): ReadonlyArray<string> => [
  `market      bid ${figure(touch.bid / 1e6)}, ask ${figure(touch.ask / 1e6)}`,
  `consensus   ${consensus.prediction}, target price ${figure(consensus.probability)}, disagreement ${
    figure(consensus.disagreement)
  }`,
  `confidence  ${figure(consensus.confidence)}, required ${figure(thresholds.minConfidence)}`
]

const edgeSteps = ({ consensus, edge, thresholds }: TradeEvidence): ReadonlyArray<string> => [
  `cost        ${figure(edge.price)} for a ${edge.outcome.toUpperCase()} + fee ${figure(edge.fee)} = ${
    figure(edge.cost)
  }`,
  `edge        ${figure(edge.probability)} - ${figure(edge.cost)} = ${figure(edge.edge)}`,
  `required    ${figure(thresholds.minEdge)} + ${figure(thresholds.disagreementWeight)} x ${
    figure(consensus.disagreement)
  } = ${figure(thresholds.required)}`
]

const sizeSteps = ({ edge, holding, sizing, thresholds }: TradeEvidence): ReadonlyArray<string> => {
  if (holding === undefined) return []
  const held = `holding     ${figure(holding.yes / 100)} YES, ${figure(holding.no / 100)} NO, cash ${
    figure(holding.cash)
  }, equity ${figure(holding.equity)}, exposure ${figure(holding.exposure)} of ${figure(holding.totalExposure)} in all`
  if (sizing === undefined) return [held]
  const { bound, kelly, room, size, stake, wanted } = sizing
  return [
    held,
    `kelly       (${figure(edge.probability)} - ${figure(edge.cost)}) / (1 - ${figure(edge.cost)}) = ${figure(kelly)}`,
    `wanted      ${figure(thresholds.kellyFraction)} x ${figure(kelly)} x ${figure(holding.equity)} = ${
      figure(wanted)
    }`,
    `room        kelly ${figure(room.kelly)}, market_limit ${figure(room.market_limit)} (${
      figure(thresholds.maxMarketShare)
    } of equity), total_limit ${figure(room.total_limit)} (${figure(thresholds.maxTotalShare)}), cash ${
      figure(room.no_cash)
    }`,
    `stake       ${figure(stake)}, bound by ${bound}`,
    `size        ${figure(stake)} / ${figure(edge.cost)} = ${figure(size / 100)} shares`
  ]
}

/** The steps from a consensus to a size, one a line, as far as the decision went. Money is in dollars. */
export const arithmeticOf = (evidence: TradeEvidence): string =>
  [...direction(evidence), ...edgeSteps(evidence), ...sizeSteps(evidence)].join("\n")
