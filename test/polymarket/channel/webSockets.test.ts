import { Socket } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type AddressInfo, createServer, type Socket as Tcp } from "node:net"
import { WebSocketServer } from "ws"
import * as WebSockets from "../../../src/polymarket/channel/webSockets.js"

const megabyte = "x".repeat(1_048_576)

/** A websocket server of its own, which says something to whoever connects. */
const serve = (payload: string | Buffer, asText: boolean) =>
  Effect.acquireRelease(
    Effect.async<WebSocketServer>((resume) => {
      const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: true })
      server.on("connection", (socket) => {
        socket.on("error", () => {})
        socket.send(payload, { binary: !asText })
      })
      server.on("listening", () => resume(Effect.succeed(server)))
    }),
    (server) =>
      Effect.sync(() => {
        for (const client of server.clients) client.terminate()
        server.close()
      })
  )

const portOf = (address: AddressInfo | string | null): number =>
  typeof address === "object" && address !== null ? address.port : 0

/** What came over a connection, and how it ended; it is ended by us once something has come. */
const listen = (port: number) =>
  Effect.gen(function*() {
    const received: Array<string | Uint8Array> = []
    const socket = yield* Socket.makeWebSocket(`ws://127.0.0.1:${port}`, { closeCodeIsError: () => true })
    const write = yield* socket.writer
    const end = yield* Effect.flip(socket.runRaw((data) => {
      received.push(data)
      return write(new Socket.CloseEvent(1000))
    }))
    return { received, end: end.reason }
  }).pipe(Effect.scoped)

describe("our websockets", () => {
  it.live("hand over frames of several megabytes, and text as text", () =>
    Effect.gen(function*() {
      const server = yield* serve(megabyte.repeat(7), true)
      const { end, received } = yield* listen(portOf(server.address()))
      assert.deepStrictEqual(received.map((data) => typeof data === "string" ? data.length : data), [7 * 1_048_576])
      assert.strictEqual(end, "Close")
    }).pipe(Effect.scoped, Effect.provide(WebSockets.layer)))

  it.live("end where a frame is too large, or no UTF-8", () =>
    Effect.gen(function*() {
      for (const payload of [megabyte.repeat(9), Buffer.from([0x7b, 0xc3, 0x28])]) {
        const server = yield* serve(payload, true)
        const { end, received } = yield* listen(portOf(server.address()))
        assert.deepStrictEqual([end, received], ["Read", []])
      }
    }).pipe(Effect.scoped, Effect.provide(WebSockets.layer)))

  it.live("give up on a server that takes the connection and says nothing", () =>
    Effect.gen(function*() {
      const taken: Array<Tcp> = []
      const server = yield* Effect.acquireRelease(
        Effect.async<ReturnType<typeof createServer>>((resume) => {
          const silent = createServer((socket) => {
            taken.push(socket)
          })
          silent.listen(0, "127.0.0.1", () => resume(Effect.succeed(silent)))
        }),
        (silent) =>
          Effect.sync(() => {
            for (const socket of taken) socket.destroy()
            silent.close()
          })
      )
      const before = performance.now()
      const { end } = yield* listen(portOf(server.address()))
      assert.strictEqual(end, "Open")
      assert.isBelow(performance.now() - before, 9_000)
    }).pipe(Effect.scoped, Effect.provide(WebSockets.layer)))
})
