import type { Execution } from "../backtest/Account.js"
import { orderResult } from "../backtest/orderResult.js"
import { decisionId } from "../strategy/DecisionJournal.js"
import type { Decision } from "../strategy/Signal.js"

/** A decision as one line for others to read: what was decided, and from what. */
export const decisionLine = (decision: Decision): string =>
  JSON.stringify({ type: "decision", id: decisionId(decision), ...decision })

/** What became of an order on paper, as one line. */
export const executionLine = (execution: Execution): string =>
  JSON.stringify({ type: "execution", ...orderResult(execution) })
