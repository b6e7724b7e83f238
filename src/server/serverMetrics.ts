import { Counter, Gauge, Histogram, type Registry } from "prom-client"
import type { CacheUse } from "../store/FeatureStore.js"
import { ServedTally } from "./ServedTally.js"

/** What a server counts of its requests. `route` is a template such as `/features/{market}`, or `none`. */
const makeRequestMetrics = (registry: Registry) => {
  const registers = [registry]
  const requests = new Counter({
    name: "feature_store_http_requests_total",
    help: "Requests answered, by route and status",
    labelNames: ["method", "route", "status"],
    registers
  })
  const durations = new Histogram({
    name: "feature_store_http_request_duration_seconds",
    help: "From a request's headers to its answer, streams excepted",
    labelNames: ["route"],
    buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers
  })
  const connections = new Gauge({
    name: "feature_store_http_connections",
    help: "Connections that are open",
    registers
  })
  // finding a labelled child costs more than counting in it
  const counters = new Map<string, Counter.Internal>()
  const timers = new Map<string, Histogram.Internal<"route">>()
  return {
    connections,
    answered: (method: string, route: string, status: number): void => {
      const key = `${method} ${route} ${status}`
      let counter = counters.get(key)
      if (counter === undefined) {
        counter = requests.labels(method, route, String(status))
        counters.set(key, counter)
      }
      counter.inc()
    },
    took: (route: string, seconds: number): void => {
      let timer = timers.get(route)
      if (timer === undefined) {
        timer = durations.labels(route)
        timers.set(route, timer)
      }
      timer.observe(seconds)
    }
  }
}
export type RequestMetrics = ReturnType<typeof makeRequestMetrics>

/** A process has one of each metric, however many servers it runs. */
const once = <A>(make: (registry: Registry) => A): (registry: Registry) => A => {
  const known = new WeakMap<Registry, { readonly metrics: A }>()
  return (registry) => {
    const { metrics } = known.get(registry) ?? { metrics: make(registry) }
    known.set(registry, { metrics })
    return metrics
  }
}

export const requestMetrics = once(makeRequestMetrics)

const makeServingMetrics = (registry: Registry) => {
  const registers = [registry]
  const served = new ServedTally()
  const values = new Counter({
    name: "feature_store_served_values_total",
    help: "Values served over HTTP by feature and status: all but PRESENT is null or too old",
    labelNames: ["feature", "version", "status"],
    registers
  })
  const ages = new Gauge({
    name: "feature_store_served_age_seconds",
    help: "Age of the value that was served last, by feature: its freshness",
    labelNames: ["feature", "version"],
    registers
  })
  const cache = new Counter({
    name: "feature_store_cache_requests_total",
    help: "Answers of groups that the cache was asked for, by result",
    labelNames: ["result"],
    registers
  })
  const show = ({ hits, misses }: CacheUse): void => {
    values.reset()
    for (const tally of served.all()) {
      const { ageMillis, feature, version } = tally
      for (const status of ["PRESENT", "STALE", "NULL", "MISSING"] as const) {
        values.inc({ feature, version, status }, tally[status])
      }
      if (!Number.isNaN(ageMillis)) ages.set({ feature, version }, ageMillis / 1000)
    }
    cache.reset()
    cache.inc({ result: "hit" }, hits)
    cache.inc({ result: "miss" }, misses)
  }
  return { served, show }
}

/** What is told of the features that were served: `show` brings it up to date, when metrics are asked for. */
export const servingMetrics = once(makeServingMetrics)
