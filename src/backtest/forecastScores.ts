import { calibrationBins, type ErrorSums, ForecastTally } from "./ForecastTally.js"

/** Forecasts of one market whose outcome is known. */
export interface ScoredMarket {
  readonly tally: ForecastTally
  /** what a YES share paid, in [0, 1] */
  readonly outcome: number
  /** markets about one event share what is drawn: their errors are not independent */
  readonly event: string
}

export interface CalibrationBin {
  readonly from: number
  readonly to: number
  readonly count: number
  readonly mean_forecast: number | null
  readonly mean_outcome: number | null
}

/** A mean over events, each of which counts once, with its standard error; null where there are too few. */
export interface EventMean {
  readonly mean: number | null
  readonly standard_error: number | null
}

/** How good forecasts were. Pooled figures count every forecast once; `by_event` counts every event once. */
export interface ForecastScores {
  readonly count: number
  readonly markets: number
  readonly events: number
  /** mean squared error: 0 is perfect, always 0.5 gives 0.25 */
  readonly brier: number | null
  /** mean negated logarithm, in nats, of the probability given to what happened; clipped at 1e-6 */
  readonly log_loss: number | null
  /** expected calibration error: mean gap between forecast and outcome over ten bins, weighted by their counts */
  readonly ece: number | null
  readonly calibration: ReadonlyArray<CalibrationBin>
  /** against the market's own price at the same instants, over the forecasts made while it had one */
  readonly against_price: {
    readonly count: number
    readonly brier: number | null
    readonly price_brier: number | null
    /** 1 - brier / price_brier: above 0 the forecasts beat the price */
    readonly skill: number | null
    readonly price_log_loss: number | null
  }
  readonly by_event: {
    readonly brier: EventMean
    /** the price's Brier score less the forecasts': above 0 the forecasts are better */
    readonly gain: EventMean
  }
}

/** Logarithms may differ in their last bit between machines: figures carry the digits that do not. */
const figure = (value: number): number => Number(value.toPrecision(12)) + 0

const ratio = (sum: number, count: number): number | null => count === 0 ? null : figure(sum / count)

const meanOf = (values: ReadonlyArray<number>): EventMean => {
  const count = values.length
  if (count === 0) return { mean: null, standard_error: null }
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return {
    mean: figure(mean),
    standard_error: count < 2 ? null : figure(Math.sqrt(squares / (count - 1) / count))
  }
}

const calibrationOf = (markets: ReadonlyArray<ScoredMarket>): ReadonlyArray<CalibrationBin> =>
  Array.from({ length: calibrationBins }, (_, bin) => {
    let count = 0
    let forecasts = 0
    let outcomes = 0
    for (const { outcome, tally } of markets) {
      const own = tally.binCount[bin] ?? 0
      count += own
      forecasts += tally.binSum[bin] ?? 0
      outcomes += own * outcome
    }
    return {
      from: bin / calibrationBins,
      to: (bin + 1) / calibrationBins,
      count,
      mean_forecast: ratio(forecasts, count),
      mean_outcome: ratio(outcomes, count)
    }
  })

const eventsOf = (markets: ReadonlyArray<ScoredMarket>): ReadonlyArray<ReadonlyArray<ScoredMarket>> => {
  const events = new Map<string, Array<ScoredMarket>>()
  for (const market of markets) {
    const known = events.get(market.event)
    if (known === undefined) events.set(market.event, [market])
    else known.push(market)
  }
  return [...events.values()]
}

/** Scores tallied forecasts. The order of the markets is part of the result's last digits. */
export const scoresOf = (all: ReadonlyArray<ScoredMarket>): ForecastScores => {
  const markets = all.filter(({ tally }) => tally.all.count > 0)
  const count = (of: ReadonlyArray<ScoredMarket>, sums: (tally: ForecastTally) => ErrorSums) =>
    of.reduce((sum, { tally }) => sum + sums(tally).count, 0)
  const squared = (of: ReadonlyArray<ScoredMarket>, sums: (tally: ForecastTally) => ErrorSums) =>
    of.reduce((sum, { outcome, tally }) => sum + sums(tally).squared(outcome), 0)
  const log = (of: ReadonlyArray<ScoredMarket>, sums: (tally: ForecastTally) => ErrorSums) =>
    of.reduce((sum, { outcome, tally }) => sum + sums(tally).log(outcome), 0)

  const total = count(markets, ({ all }) => all)
  const paired = count(markets, ({ paired }) => paired)
  const pairedSquared = squared(markets, ({ paired }) => paired)
  const priceSquared = squared(markets, ({ price }) => price)
  const calibration = calibrationOf(markets)
  const gap = calibration.reduce(
    (sum, { count, mean_forecast, mean_outcome }) => sum + count * Math.abs((mean_forecast ?? 0) - (mean_outcome ?? 0)),
    0
  )
  const events = eventsOf(markets)
  const withPrice = events.filter((event) => count(event, ({ paired }) => paired) > 0)
  return {
    count: total,
    markets: markets.length,
    events: events.length,
    brier: ratio(squared(markets, ({ all }) => all), total),
    log_loss: ratio(log(markets, ({ all }) => all), total),
    ece: ratio(gap, total),
    calibration,
    against_price: {
      count: paired,
      brier: ratio(pairedSquared, paired),
      price_brier: ratio(priceSquared, paired),
      skill: paired === 0 || priceSquared === 0 ? null : figure(1 - pairedSquared / priceSquared),
      price_log_loss: ratio(log(markets, ({ price }) => price), paired)
    },
    by_event: {
      brier: meanOf(events.map((event) => squared(event, ({ all }) => all) / count(event, ({ all }) => all))),
      gain: meanOf(
        withPrice.map((event) =>
          (squared(event, ({ price }) => price) - squared(event, ({ paired }) => paired)) /
          count(event, ({ paired }) => paired)
        )
      )
    }
  }
}

/** One forecast with what happened. */
export interface ResolvedForecast {
  /** in [0, 1] */
  readonly probability: number
  /** in [0, 1] */
  readonly outcome: number
  /** the market's price at the same instant; absent where it had none */
  readonly marketPrice?: number | undefined
  /** what the market is about, where several are about one thing; a forecast without one stands for itself */
  readonly event?: string | undefined
}

/** Scores a list of forecasts, each of a market of its own. */
export const forecastScores = (forecasts: ReadonlyArray<ResolvedForecast>): ForecastScores =>
  scoresOf(forecasts.map(({ event, marketPrice = NaN, outcome, probability }, index) => {
    const tally = new ForecastTally()
    tally.add(probability, marketPrice)
    return { tally, outcome, event: event ?? `forecast ${index}` }
  }))
