/** Mixes an integer below 2^53 into a lane of 32 bits. */
const mix = (lane: number, value: number, prime: number): number => {
  const low = Math.imul(lane ^ (value | 0), prime)
  return Math.imul(low ^ (low >>> 15) ^ ((value / 4_294_967_296) | 0), prime)
}

/** 32 bits that stand for a part of a text. */
export const digestText = (text: string, from = 0, to = text.length): number => {
  let lane = 0x811c9dc5
  for (let at = from; at < to; at++) lane = Math.imul(lane ^ text.charCodeAt(at), 0x01000193)
  return lane >>> 0
}

/**
 * Stands for what a message says, by its numbers: two that say the same have the same, two that differ the same one time
 * in 2^53.
 */
export class Identity {
  private first = 0
  private second = 0

  start(timestamp: number): this {
    this.first = 0x9e3779b9
    this.second = 0x85ebca6b
    return this.add(timestamp)
  }

  /** @param value an integer below 2^53 */
  add(value: number): this {
    this.first = mix(this.first, value, 0x01000193)
    this.second = mix(this.second, value, 0xc2b2ae35)
    return this
  }

  get value(): number {
    return (this.first >>> 0) * 2_097_152 + (this.second >>> 11)
  }
}

/** The last identities that were noted, as many as fit. */
export class RecentIdentities {
  private readonly values: Float64Array
  private next = 0

  constructor(size: number) {
    this.values = new Float64Array(size).fill(NaN)
  }

  has(identity: number): boolean {
    return this.values.includes(identity)
  }

  note(identity: number): void {
    this.values[this.next] = identity
    this.next = (this.next + 1) % this.values.length
  }

  forget(): void {
    this.values.fill(NaN)
  }
}
