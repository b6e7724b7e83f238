import { Effect } from "effect"
import { connect, type Socket } from "node:net"

/** How one run of requests went. */
export interface Load {
  readonly requestsPerSecond: number
  readonly p50Millis: number
  readonly p99Millis: number
  readonly bytes: number
}

const end = Buffer.from("\r\n\r\n")
const length = /content-length: (\d+)/iu

/** Reads answers off a connection, one after the other: told of the status line and size of each. */
const answers = (socket: Socket, onAnswer: (status: string, size: number) => void) => {
  let held: Buffer = Buffer.alloc(0)
  socket.on("data", (chunk: Buffer) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    const head = held.indexOf(end)
    if (head < 0) return
    const text = held.toString("latin1", 0, head)
    const size = head + end.length + Number(length.exec(text)?.[1] ?? NaN)
    if (held.length < size) return
    held = held.subarray(size)
    onAnswer(text.slice(0, text.indexOf("\r\n")), size)
  })
}

/** Sends one request over and over on kept connections, each waiting for its answer, over plain sockets. */
export const load = (
  port: number,
  request: string,
  { connections, millis }: { readonly connections: number; readonly millis: number }
): Effect.Effect<Load, string> =>
  Effect.async((resume) => {
    const took: Array<number> = []
    const sockets: Array<Socket> = []
    const start = performance.now()
    let bytes = 0
    const finish = (result: Effect.Effect<Load, string>) => {
      for (const socket of sockets) socket.destroy()
      resume(result)
    }
    const report = () => {
      const sorted = Float64Array.from(took).sort()
      const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? NaN
      return Effect.succeed({
        requestsPerSecond: took.length / (performance.now() - start) * 1000,
        p50Millis: at(0.5),
        p99Millis: at(0.99),
        bytes
      })
    }
    for (let i = 0; i < connections; i++) {
      let sent = 0
      const open = () => {
        const socket = connect({ port, host: "127.0.0.1", noDelay: true })
        sockets.push(socket)
        const send = () => {
          sent = performance.now()
          socket.write(request)
        }
        answers(socket, (status, size) => {
          const now = performance.now()
          if (status !== "HTTP/1.1 200 OK") return finish(Effect.fail(status))
          took.push(now - sent)
          bytes = size
          if (now - start < millis) send()
          else finish(report())
        })
        socket.on("connect", send)
        // a server lets a connection go after so many requests
        socket.on("end", () => {
          if (performance.now() - start < millis) open()
        })
        socket.on("error", (error) => finish(Effect.fail(error.message)))
      }
      open()
    }
  })
