/** Clients whose requests are counted; the one that came first is forgotten first. */
const mostClients = 10_000

interface Bucket {
  left: number
  at: number
}

/**
 * A token bucket for each client: `perSecond` requests in the long run, and twice as many at once. Time is given in
 * milliseconds; where it goes backwards nothing is refilled.
 */
export class RateLimit {
  readonly #buckets = new Map<string, Bucket>()
  readonly #burst: number

  constructor(readonly perSecond: number) {
    this.#burst = 2 * perSecond
  }

  /** Takes one request of a client: 0 where it may pass, else the seconds after which one may. */
  take(client: string, nowMillis: number): number {
    const bucket = this.#buckets.get(client) ?? this.#add(client, nowMillis)
    const passed = Math.max(0, nowMillis - bucket.at)
    bucket.left = Math.min(this.#burst, bucket.left + passed * this.perSecond / 1000)
    bucket.at = nowMillis
    if (bucket.left < 1) return Math.max(1, Math.ceil((1 - bucket.left) / this.perSecond))
    bucket.left--
    return 0
  }

  #add(client: string, nowMillis: number): Bucket {
    const bucket = { left: this.#burst, at: nowMillis }
    this.#buckets.set(client, bucket)
    const [first] = this.#buckets.keys()
    if (this.#buckets.size > mostClients && first !== undefined) this.#buckets.delete(first)
    return bucket
  }
}
