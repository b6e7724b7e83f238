import * as HttpApiClient from "@effect/platform/HttpApiClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { Effect, type Redacted } from "effect"
import { FeatureServerApi } from "./api.js"

export interface FeatureStoreClientOptions {
  /** `http://127.0.0.1:8787` */
  readonly baseUrl: string
  readonly token?: Redacted.Redacted | undefined
}

/**
 * A client of the feature server, made from the server's own definition: requests and answers are checked by the same
 * schemas, and what the server refuses fails with a `Problem`. Streams are read with any client of server-sent events.
 */
export const makeFeatureStoreClient = ({ baseUrl, token }: FeatureStoreClientOptions) =>
  Effect.map(
    HttpApiClient.make(FeatureServerApi, {
      baseUrl,
      transformClient: (client) =>
        token === undefined ? client : HttpClient.mapRequest(client, HttpClientRequest.bearerToken(token))
    }),
    ({ catalog, features, operations }) => ({ ...features, ...catalog, ...operations })
  )
export type FeatureStoreClient = Effect.Effect.Success<ReturnType<typeof makeFeatureStoreClient>>
