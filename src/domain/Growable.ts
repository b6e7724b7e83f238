/** A float64 column that grows as rows arrive: typed-array reads, amortised constant-time appends. */
export class Growable {
  #values: Float64Array
  #length = 0

  constructor(capacity = 16) {
    this.#values = new Float64Array(capacity)
  }

  get length(): number {
    return this.#length
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(this.#values.length * 2)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.#length++] = value
  }

  /** The values so far, as an array of their own. */
  toArray(): Float64Array {
    return this.#values.slice(0, this.#length)
  }
}
