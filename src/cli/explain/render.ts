import { Option, Schema } from "effect"
import { formatInstant } from "../../domain/Instant.js"
import type { KeptDecision } from "../../strategy/DecisionJournal.js"
import { ForecastEvidence, TradeEvidence } from "../../strategy/llm/evidence.js"
import type { Evidence, Signal } from "../../strategy/Signal.js"
import type { Colors } from "../terminal/Output.js"
import { indented, table } from "../terminal/table.js"
import { duration, visible } from "../terminal/text.js"
import { arithmeticOf } from "./arithmetic.js"

/** A signal in one line, without what explains it. */
const signalLine = (signal: Signal): string => {
  switch (signal.kind) {
    case "forecast":
      return `forecast ${signal.probability}`
    case "order":
      return `${signal.action} ${signal.size / 100} ${signal.outcome.toUpperCase()} at ${signal.limit / 1e6} or better`
    case "pass":
      return `pass: ${visible(signal.reason)}`
  }
}

/** Text of several lines, safe on a terminal. */
const block = (text: string): string => text.split("\n").map(visible).join("\n")

const asked = (colors: Colors, { models, prompt }: ForecastEvidence): string =>
  [
    `prompt ${prompt.hash}`,
    indented(block(`${prompt.system}\n\n${prompt.user}`)),
    "",
    ...models.flatMap(({ completion, failure, hindsight, model, name, temperature }) => {
      const who = `${colors.bold(visible(name))} (${visible(model)}${
        temperature === null ? "" : `, temperature ${temperature}`
      })${hindsight ? colors.yellow(" in hindsight: its training cutoff is later, or not configured") : ""}`
      if (completion === null) return [`${who}: no answer, ${failure ?? "for no known reason"}`]
      const { answer, input_tokens, output_tokens } = completion
      return [
        `${who}: ${answer.prediction}, target price ${answer.target_price}, confidence ${answer.confidence}` +
        ` (${input_tokens ?? "?"} + ${output_tokens ?? "?"} tokens)`,
        indented(block(answer.reasoning))
      ]
    })
  ].join("\n")

const forecastEvidence = Schema.decodeUnknownOption(ForecastEvidence)
const tradeEvidence = Schema.decodeUnknownOption(TradeEvidence)

/** What a strategy kept beside a signal: in words where it is known what it means, as JSON otherwise. */
const explained = (colors: Colors, evidence: Evidence): string =>
  forecastEvidence(evidence).pipe(
    Option.map((known) => asked(colors, known)),
    Option.orElse(() => Option.map(tradeEvidence(evidence), arithmeticOf)),
    Option.getOrElse(() => block(JSON.stringify(evidence, null, 2)))
  )

const head = ["feature", "value", "status", "age", "reason", "version", "fingerprint"]

/** Everything that is kept of a decision. */
export const renderDecision = (decision: KeptDecision) => (colors: Colors): string => {
  const { at, features, id, market, sequence, signals, strategy, version } = decision
  const rows = Object.entries(features).map(([key, feature]) => [
    visible(key),
    feature.value === null ? colors.dim("-") : visible(String(feature.value)),
    feature.status,
    feature.age_ms === null ? "" : duration(feature.age_ms),
    feature.reason ?? "",
    visible(feature.version),
    visible(feature.fingerprint.slice(0, 19))
  ])
  return [
    `${colors.bold(`decision ${id}`)} of ${visible(strategy)} ${visible(version)}`,
    `${colors.bold(visible(market))} as of ${formatInstant(at)} (log position ${sequence})`,
    "",
    table(colors, { head, align: ["left", "right", "left", "right"] }, rows),
    ...signals.flatMap((signal) => [
      "",
      colors.bold(signalLine(signal)),
      ...(signal.evidence === undefined ? [] : [indented(explained(colors, signal.evidence))])
    ])
  ].join("\n")
}

/** One line a decision. */
export const renderDecisions = (decisions: ReadonlyArray<KeptDecision>) => (colors: Colors): string =>
  decisions.length === 0 ? "no decision is kept" : table(
    colors,
    { head: ["decision", "strategy", "market", "as of", "signals"] },
    decisions.map(({ at, id, market, signals, strategy }) => [
      id,
      visible(strategy),
      visible(market),
      formatInstant(at),
      signals.map(signalLine).join("; ")
    ])
  )
