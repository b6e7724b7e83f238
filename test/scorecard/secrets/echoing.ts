import { Effect } from "effect"
import { createServer } from "node:http"

interface Host {
  readonly port: number
  /** the path and headers of each request */
  readonly asked: ReadonlyArray<string>
}

/** A host that refuses everybody, and says what it was asked with: as some do. */
export const echoing = Effect.acquireRelease(
  Effect.async<Host & { readonly close: () => unknown }>((resume) => {
    const asked: Array<string> = []
    const server = createServer((request, response) => {
      const question = `${request.url} ${JSON.stringify(request.headers)}`
      asked.push(question)
      response.writeHead(401, { "content-type": "application/json", "x-asked": question })
      response.end(JSON.stringify({ error: question }))
    })
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      resume(Effect.succeed({ port, asked, close: () => server.close() }))
    })
  }),
  ({ close }) => Effect.sync(close)
)
