import { Instant } from "../domain/Instant.js"
import { answerSlots, writeAnswer } from "../features/answer.js"
import type { BoundGroup } from "../features/BoundMarket.js"
import type { ComputedAnswer, GroupAnswer } from "../features/FeatureVector.js"

/** An answer that is written over once its block is done. */
class AnswerSlot implements ComputedAnswer {
  computedAt = Instant(0)
  readonly values: Float64Array
  readonly reasons: Uint8Array
  readonly bornAt: Float64Array
  readonly neededAt: Float64Array

  constructor(width: number) {
    const { bornAt, neededAt, reasons, values } = answerSlots(1, width)
    this.values = values
    this.reasons = reasons
    this.bornAt = bornAt
    this.neededAt = neededAt
  }

  /** Keeps what a group has just answered at `at`. */
  write<F>(bound: BoundGroup<F>, at: Instant): void {
    this.computedAt = at
    writeAnswer(bound, at, this, 0)
  }
}

/** Answers of one vector by group id: the same groups for every vector of a run. */
export class PooledAnswers {
  readonly answers = new Map<string, GroupAnswer>()
  readonly #slots: Array<AnswerSlot> = []

  /** Keeps the answer of the `index`th group. */
  write<F>(index: number, bound: BoundGroup<F>, at: Instant): void {
    let slot = this.#slots[index]
    if (slot === undefined) {
      slot = new AnswerSlot(bound.group.features.length)
      this.#slots.push(slot)
      this.answers.set(bound.group.id, slot)
    }
    slot.write(bound, at)
  }
}

/** Copies of answers for the vectors of one block of instants, used again for the next: a run makes no garbage of them. */
export class AnswerPool {
  readonly #all: Array<PooledAnswers> = []
  #used = 0

  take(): PooledAnswers {
    const known = this.#all[this.#used++]
    if (known !== undefined) return known
    const fresh = new PooledAnswers()
    this.#all.push(fresh)
    return fresh
  }

  /** The vectors given out so far are read no more. */
  reset(): void {
    this.#used = 0
  }
}
