import { Effect } from "effect"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"

export interface Received {
  readonly method: string
  readonly url: URL
  readonly headers: IncomingMessage["headers"]
  readonly body: string
}

/** Answers a request; `nth` counts them from 0. */
export type Handler = (request: Received, response: ServerResponse, nth: number) => void

export const json = (
  response: ServerResponse,
  value: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {}
) => response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value))

/** A real HTTP server on a socket of this machine, with all that it was asked so far. */
export const httpHost = (handler: Handler) =>
  Effect.acquireRelease(
    Effect.async<{ readonly url: string; readonly received: Array<Received>; readonly close: () => void }>((resume) => {
      const received: Array<Received> = []
      const server = createServer((request, response) => {
        const chunks: Array<string> = []
        request.setEncoding("utf8").on("data", (chunk: string) => chunks.push(chunk)).on("end", () => {
          const one = {
            method: request.method ?? "",
            url: new URL(request.url ?? "", "http://host"),
            headers: request.headers,
            body: chunks.join("")
          }
          received.push(one)
          handler(one, response, received.length - 1)
        })
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        const close = () => {
          server.closeAllConnections()
          server.close()
        }
        resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, received, close }))
      })
    }),
    ({ close }) => Effect.sync(close)
  )
