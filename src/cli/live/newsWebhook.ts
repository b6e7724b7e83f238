import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as HttpServer from "@effect/platform/HttpServer"
import { Effect, Redacted } from "effect"
import { createServer } from "node:http"
import { Intake } from "../../context/Intake.js"
import type { Deliver } from "../../news/delivery.js"
import type { NewsSettings } from "../../news/settings.js"
import { newsWebhook } from "../../news/webhook.js"
import { ListenFailed } from "../../server/listen.js"
import { ProcessEnvironment } from "../application.js"
import { Output } from "../terminal/Output.js"
import { UsageRefused } from "../UsageRefused.js"

const variable = "FEATURE_STORE_NEWS_TOKEN"
const host = "127.0.0.1"

/** Slow requests are cut long before node's own patience ends. */
const patience = { headersTimeout: 5_000, requestTimeout: 15_000, connectionsCheckingInterval: 1_000 }

/** Takes documents by POST on loopback, from those who know the token, as long as the scope lasts. */
export const serveNewsWebhook = ({ webhookPort: port }: NewsSettings, deliver: Deliver) =>
  Effect.gen(function*() {
    const token = (yield* ProcessEnvironment)[variable]?.trim()
    if (token === undefined || token === "") {
      return yield* new UsageRefused({
        problem: `[feature_store.news]: webhook = true needs ${variable} in the environment`,
        hint: "make one with `openssl rand -hex 32`, or set webhook to false"
      })
    }
    const { settled } = yield* Intake
    const { note } = yield* Output
    const server = yield* NodeHttpServer.make(() => createServer(patience), { port, host }).pipe(
      Effect.mapError(({ cause }) =>
        new ListenFailed({ address: `http://${host}:${port}`, reason: cause instanceof Error ? cause.message : "" })
      )
    )
    yield* HttpServer.serveEffect(newsWebhook(Redacted.make(token), deliver, settled)).pipe(
      Effect.provideService(HttpServer.HttpServer, server)
    )
    const { address } = server
    yield* note(`news are taken by POST at http://${host}:${address._tag === "TcpAddress" ? address.port : port}`)
  })
