import { Context, Layer } from "effect"
import { Registry } from "prom-client"

/** The metrics of one process, which each part registers its own with; shown in Prometheus' text format. */
export class Telemetry extends Context.Tag("telemetry/Telemetry")<Telemetry, Registry>() {}

export const layer = Layer.sync(Telemetry, () => new Registry())
