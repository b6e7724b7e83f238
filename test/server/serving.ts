import { Effect, Layer, Option, Redacted, Schema } from "effect"
import { request as httpRequest } from "node:http"
import { standardComputers } from "../../src/computers/standard.js"
import { Ingest } from "../../src/context/Ingest.js"
import type { EventBody, MarketEvent } from "../../src/domain/Event.js"
import { MarketId } from "../../src/domain/MarketId.js"
import * as FeatureRegistry from "../../src/features/FeatureRegistry.js"
import { featureServer, type FeatureServerOptions } from "../../src/server/featureServer.js"
import { ServerSettings } from "../../src/server/settings.js"
import type { MarketViews } from "../../src/state/views.js"
import * as Telemetry from "../../src/telemetry/Telemetry.js"
import { liveApp } from "../support/apps.js"
import { plainStorage } from "../support/storages.js"

/** The standard groups, one of them also in a second version, and one that others store. */
export const registry = Effect.runSync(
  FeatureRegistry.make<MarketViews>(standardComputers, {
    cacheTtlSecs: 60,
    features: {
      orderbook: {
        enabled: true,
        version: "1.0",
        parameters: {},
        versions: { "1.0+deep": { parameters: { levels: 9 } } }
      }
    },
    external: {
      forecast: { version: "2.0", maxAgeSecs: 3600, fields: { win: "float", likely: "bool", note: "string" } }
    }
  })
)

export const settings = { ...Schema.decodeSync(ServerSettings)({}), port: 0 }

export const app = liveApp(registry).pipe(Layer.provideMerge(plainStorage), Layer.provideMerge(Telemetry.layer))

export const m1 = MarketId.make("m1")

export const eventOf = (body: EventBody, market = m1): MarketEvent => ({
  market,
  source: undefined,
  eventTime: undefined,
  body
})

/** A book of one level a side; prices in millionths, sizes in shares. */
export const book = (bid: number, ask: number): EventBody => ({
  kind: "book",
  bids: [[bid, 100_000_000]],
  asks: [[ask, 300_000_000]]
})

/** One market with a book; another is unknown. */
export const seed = Effect.flatMap(Ingest, (ingest) => ingest.publish([eventOf(book(400_000, 420_000))]))

export const readToken = "read-token-abc"
export const writeToken = "write-token-xyz"
export const tokens = {
  read: Option.some(Redacted.make(readToken)),
  write: Option.some(Redacted.make(writeToken))
}

/** A server over the app around it, until the scope closes. */
export const serving = (options: Partial<FeatureServerOptions<MarketViews>> = {}) =>
  Effect.map(featureServer({ registry, settings, ...options }), ({ port }) => port)

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
  readonly text: string
}

export interface Ask {
  readonly method?: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly token?: string | undefined
}

/** One request on a connection of its own. */
const ask = (port: number, path: string, { body, headers = {}, method, token }: Ask = {}) =>
  Effect.async<Answer, Error>((resume) => {
    const request = httpRequest({
      port,
      host: "127.0.0.1",
      path,
      method: method ?? (body === undefined ? "GET" : "POST"),
      agent: false,
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(body === undefined || headers["transfer-encoding"] !== undefined
          ? {}
          : { "content-length": Buffer.byteLength(body) }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers
      }
    }, (response) => {
      const chunks: Array<string> = []
      response.setEncoding("utf8").on("data", (chunk: string) => chunks.push(chunk)).on(
        "end",
        () =>
          resume(Effect.succeed({ status: response.statusCode ?? 0, headers: response.headers, text: chunks.join("") }))
      )
      response.on("error", (error) => resume(Effect.fail(error)))
    })
    request.on("error", (error) => resume(Effect.fail(error)))
    request.end(body)
    return Effect.sync(() => request.destroy())
  })

/** The same, for what is expected to be answered. */
export const asked = (port: number, path: string, options?: Ask) => Effect.orDie(ask(port, path, options))

export const json = (answer: Answer): unknown => JSON.parse(answer.text)

const Refusal = Schema.parseJson(Schema.Struct({
  type: Schema.String,
  title: Schema.String,
  status: Schema.Int,
  detail: Schema.String,
  errors: Schema.optional(Schema.Array(Schema.Struct({ field: Schema.String, expected: Schema.String }))),
  retry_after: Schema.optional(Schema.Int)
}))

/** A refusal, as RFC 9457 has it. */
export const refusalOf = (answer: Answer) => Schema.decodeSync(Refusal, { onExcessProperty: "error" })(answer.text)
