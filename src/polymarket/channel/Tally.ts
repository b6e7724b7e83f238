import { Effect } from "effect"
import type { FieldProblem } from "../../domain/problems.js"
import type { FeedMetrics } from "../../telemetry/feedMetrics.js"
import { fieldOf } from "../refusals.js"
import { polymarket } from "../venueName.js"
import type { MessageType } from "./messages.js"

const bump = (counts: Map<string, number>, key: string): undefined => {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

/** What the channel counts, in plain numbers: labelled metrics would cost more than reading a frame. */
export class Tally {
  bytes = 0
  priceChanges = 0
  private readonly frames = new Map<string, number>()
  private readonly refused = new Map<string, number>()
  private readonly dropped = new Map<string, number>()
  private readonly gaps = new Map<string, number>()
  private readonly logged = new Set<string>()
  private readonly toLog: Array<{ readonly reason: string; readonly expected: string }> = []
  /** Kept as it is, since it is handed to functions that are called for every message. */
  readonly drop = (reason: string): undefined => bump(this.dropped, reason)

  frame(kind: string): void {
    bump(this.frames, kind)
  }

  refuse(what: MessageType | "frame", problem: FieldProblem): void {
    const field = fieldOf(problem)
    const reason = field === "" ? what : `${what}.${field}`
    bump(this.refused, reason)
    if (this.logged.has(reason)) return
    this.logged.add(reason)
    this.toLog.push({ reason, expected: problem.expected })
  }

  gap(reason: string): void {
    bump(this.gaps, reason)
  }

  /** Moves what was counted to the metrics, and logs each reason for a refusal once. */
  readonly flush = (metrics: FeedMetrics): Effect.Effect<void> =>
    Effect.suspend(() => {
      if (this.priceChanges > 0) {
        this.frames.set("price_change", (this.frames.get("price_change") ?? 0) + this.priceChanges)
      }
      metrics.bytes.inc({ source: polymarket }, this.bytes)
      this.bytes = this.priceChanges = 0
      for (const [kind, count] of this.frames) {
        metrics.frames.inc({ source: polymarket, kind }, count)
      }
      for (const [reason, count] of this.refused) metrics.refused.inc({ source: polymarket, reason }, count)
      for (const [reason, count] of this.dropped) metrics.dropped.inc({ source: polymarket, reason }, count)
      for (const [reason, count] of this.gaps) metrics.gaps.inc({ source: polymarket, reason }, count)
      for (const counts of [this.frames, this.refused, this.dropped, this.gaps]) counts.clear()
      return Effect.forEach(this.toLog.splice(0), ({ expected, reason }) =>
        // what was there instead is the venue's text, and stays out of the log
        Effect.logWarning("the venue sent a message that cannot be read; further ones are counted").pipe(
          Effect.annotateLogs({ reason, expected })
        ), { discard: true })
    })
}
