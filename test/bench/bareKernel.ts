/** A book of five levels a side and a price series as bare arrays: what the two kernels need, and nothing around it. */
export interface BareMarket {
  readonly bidPrice: Float64Array
  readonly bidSize: Float64Array
  readonly askPrice: Float64Array
  readonly askSize: Float64Array
  /** instants of the series' points, the price from each on, and prefix sums at each */
  readonly time: Float64Array
  readonly price: Float64Array
  readonly jumps: Float64Array
  readonly area: Float64Array
  readonly square: Float64Array
  readonly moment: Float64Array
}

/** A random walk of `points` points, one a second, ending at `newest`. */
export const bareMarket = (points: number, newest: number, random: () => number): BareMarket => {
  const side = (sign: number) => Float64Array.from({ length: 5 }, (_, level) => 0.5 + sign * (level + 1) * 0.01)
  const sizes = () => Float64Array.from({ length: 5 }, () => 1 + random())
  const columns = () => new Float64Array(points)
  const market: BareMarket = {
    bidPrice: side(-1),
    bidSize: sizes(),
    askPrice: side(1),
    askSize: sizes(),
    time: columns(),
    price: columns(),
    jumps: columns(),
    area: columns(),
    square: columns(),
    moment: columns()
  }
  const { area, jumps, moment, price, square, time } = market
  for (let i = 0; i < points; i++) {
    const before = price[i - 1] ?? 0.5
    time[i] = newest - (points - 1 - i) * 1_000
    price[i] = before + (random() < 0.5 ? -0.005 : 0.005)
    const seconds = i === 0 ? 0 : 1
    jumps[i] = (jumps[i - 1] ?? 0) + (i === 0 ? 0 : 0.000_025)
    area[i] = (area[i - 1] ?? 0) + before * seconds
    square[i] = (square[i - 1] ?? 0) + before * before * seconds
    moment[i] = (moment[i - 1] ?? 0) + before * (i - 0.5) * seconds
  }
  return market
}

/**
 * The figures of orderbook and price_history in plain float64 from prefix sums, `times` times, into `out`: no exactness, no
 * reasons, no ages, no parameters. The limit that the real kernels are held against.
 */
export const bareKernels = (market: BareMarket, newest: number, times: number, out: Float64Array): void => {
  const { area, askPrice, askSize, bidPrice, bidSize, jumps, moment, price, square, time } = market
  const last = time.length - 1
  let first = 0
  for (let i = 0; i < times; i++) {
    const at = newest + (i & 1_023)
    let bid = 0
    let ask = 0
    for (let level = 0; level < 5; level++) {
      bid += bidSize[level] ?? 0
      ask += askSize[level] ?? 0
    }
    const [bestBid, bestAsk] = [bidPrice[0] ?? 0, askPrice[0] ?? 0]
    const [atBid, atAsk] = [bidSize[0] ?? 0, askSize[0] ?? 0]
    out[0] = bid
    out[1] = ask
    out[2] = (bid - ask) / (bid + ask)
    out[3] = (bestBid * atAsk + bestAsk * atBid) / (atBid + atAsk)
    out[4] = (bid * bestAsk + ask * bestBid) / (bid + ask)

    const from = at - 3_600_000
    if ((time[first] ?? 0) > from) first = 0
    while (first < last && (time[first + 1] ?? Infinity) <= from) first++
    const seconds = (at - (time[first] ?? 0)) / 1_000
    const now = price[last] ?? 0
    const tail = (at - (time[last] ?? 0)) / 1_000
    const mean = ((area[last] ?? 0) - (area[first] ?? 0) + now * tail) / seconds
    const squares = ((square[last] ?? 0) - (square[first] ?? 0) + now * now * tail) / seconds
    out[5] = Math.sqrt(((jumps[last] ?? 0) - (jumps[first] ?? 0)) / seconds * 3_600)
    out[6] = now - (price[first] ?? 0)
    out[7] = (mean - now) / Math.sqrt(squares - mean * mean)
    out[8] = ((moment[last] ?? 0) - (moment[first] ?? 0) - mean * seconds * (last + first) / 2) * 12 / seconds ** 3
  }
}
