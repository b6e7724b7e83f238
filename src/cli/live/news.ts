import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Effect, Layer } from "effect"
import { Catalogue } from "../../live/Catalogue.js"
import { followNews } from "../../news/NewsSource.js"
import type { NewsSettings } from "../../news/settings.js"

/** Follows the configured news of the markets that are followed, as long as the scope lasts. */
export const followConfiguredNews = (settings: NewsSettings) =>
  Effect.gen(function*() {
    if (Object.keys(settings.feeds).length === 0 && !settings.webhook) return
    const catalogue = yield* Catalogue
    const markets = Effect.map(catalogue.markets, (followed) =>
      followed.map(({ id, slug, snapshot: { question } }) => ({ id, slug, question })))
    const http = yield* Layer.build(NodeHttpClient.layer)
    const { deliver } = yield* Effect.provide(followNews(settings, markets), http)
    if (!settings.webhook) {
      return
    }
    const { serveNewsWebhook } = yield* Effect.promise(() =>
      import("./newsWebhook.js")
    )
    yield* serveNewsWebhook(settings, deliver)
  })
