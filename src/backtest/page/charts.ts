import { BarChart, LineChart, ScatterChart } from "echarts/charts"
import { GridComponent } from "echarts/components"
import * as echarts from "echarts/core"
import { SVGRenderer } from "echarts/renderers"
import type { BacktestReport } from "../BacktestReport.js"

echarts.use([BarChart, LineChart, ScatterChart, GridComponent, SVGRenderer])

const width = 900
const height = 260

/** Colours that are read on white and on black. */
const colors = { line: "#2f81f7", loss: "#d1495b", gain: "#2a9d6f", axis: "#8b949e", grid: "#8b949e40" }

/** Bars of markets that are drawn: the best and the worst. */
const mostBars = 60

/** The library numbers its charts through a process: names of a chart's own make the page the same wherever it is drawn. */
const withOwnNames = (svg: string, name: string): string => {
  const names = new Map<string, string>()
  return svg.replace(/zr\d+-[a-z]+-?\d+/gu, (id) => {
    const own = names.get(id) ?? `${name}-${names.size}`
    names.set(id, own)
    return own
  })
}

const draw = (name: string, option: echarts.EChartsCoreOption): string => {
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width, height })
  chart.setOption({
    animation: false,
    useUTC: true,
    textStyle: { fontFamily: "system-ui, sans-serif" },
    grid: { left: 70, right: 20, top: 20, bottom: 40 },
    ...option
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return withOwnNames(svg, name)
}

const axis = (type: "time" | "value" | "category", more: object = {}) => ({
  type,
  axisLine: { lineStyle: { color: colors.axis } },
  axisLabel: { color: colors.axis },
  nameTextStyle: { color: colors.axis },
  splitLine: { lineStyle: { color: colors.grid } },
  ...more
})

const line = (data: ReadonlyArray<readonly [number, number]>, color: string, more: object = {}) => ({
  type: "line",
  data,
  showSymbol: false,
  lineStyle: { color, width: 1.5 },
  itemStyle: { color },
  ...more
})

/** Equity over time, in dollars. */
export const equityChart = ({ curve }: BacktestReport): string =>
  draw("equity", {
    xAxis: axis("time"),
    yAxis: axis("value", { scale: true }),
    series: [line(curve.map(({ at, equity }) => [at, equity]), colors.line)]
  })

/** Equity less its highest so far, in dollars. */
export const drawdownChart = ({ curve }: BacktestReport): string => {
  let peak = -Infinity
  const falls = curve.map(({ at, equity }): readonly [number, number] => {
    peak = Math.max(peak, equity)
    return [at, equity - peak]
  })
  return draw("drawdown", {
    xAxis: axis("time"),
    yAxis: axis("value"),
    series: [line(falls, colors.loss, { areaStyle: { color: colors.loss, opacity: 0.25 } })]
  })
}

/** How often the outcome was YES for each bin of forecasts, against the diagonal of a calibrated forecaster. */
export const calibrationChart = (forecasts: NonNullable<BacktestReport["forecasts"]>): string => {
  const most = Math.max(1, ...forecasts.calibration.map(({ count }) => count))
  const points = forecasts.calibration.flatMap(({ count, mean_forecast, mean_outcome }) =>
    mean_forecast === null || mean_outcome === null
      ? []
      : [{ value: [mean_forecast, mean_outcome], symbolSize: 6 + 18 * Math.sqrt(count / most) }]
  )
  return draw("calibration", {
    xAxis: axis("value", { min: 0, max: 1, name: "forecast", nameLocation: "middle", nameGap: 26 }),
    yAxis: axis("value", { min: 0, max: 1, name: "outcome" }),
    grid: { left: 70, right: 20, top: 30, bottom: 45 },
    series: [
      line([[0, 0], [1, 1]], colors.axis, { lineStyle: { color: colors.axis, type: "dashed", width: 1 } }),
      { type: "scatter", data: points, itemStyle: { color: colors.line, opacity: 0.8 } }
    ]
  })
}

/** PnL of the best and the worst markets, in dollars. */
export const marketsChart = ({ markets: { results } }: BacktestReport): string => {
  const sorted = [...results].sort((a, b) => b.pnl - a.pnl)
  const shown = sorted.length <= mostBars
    ? sorted
    : [...sorted.slice(0, mostBars / 2), ...sorted.slice(-mostBars / 2)]
  return draw("markets", {
    xAxis: axis("category", { data: shown.map((_, index) => String(index + 1)), axisLabel: { show: false } }),
    yAxis: axis("value"),
    series: [{
      type: "bar",
      data: shown.map(({ pnl }) => ({ value: pnl, itemStyle: { color: pnl < 0 ? colors.loss : colors.gain } }))
    }]
  })
}
