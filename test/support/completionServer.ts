import { Effect } from "effect"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"

/** One way in which a host may answer a request for a completion. */
export type Reply = (request: Asked, response: ServerResponse) => void

export interface Asked {
  readonly path: string
  readonly headers: IncomingMessage["headers"]
  readonly body: string
}

const json = (
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {}
) => response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value))

const chat = (content: string) => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1_760_000_000,
  model: "some-model",
  choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content, refusal: null } }],
  usage: { prompt_tokens: 700, completion_tokens: 60, total_tokens: 760 }
})

const responses = (text: string) => ({
  id: "resp_1",
  object: "response",
  created_at: 1_760_000_000,
  status: "completed",
  error: null,
  incomplete_details: null,
  instructions: null,
  max_output_tokens: null,
  model: "gpt-4o-mini",
  output: [{
    type: "message",
    id: "msg_1",
    status: "completed",
    role: "assistant",
    content: [{ type: "output_text", text, annotations: [], logprobs: [] }]
  }],
  parallel_tool_calls: true,
  temperature: 1,
  tool_choice: "auto",
  tools: [],
  top_p: 1,
  truncation: "disabled",
  metadata: {},
  usage: {
    input_tokens: 700,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 60,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 760
  }
})

/** The model's text, in the envelope of the API that was asked. */
export const says = (text: string): Reply => ({ path }, response) => {
  json(response, 200, path.endsWith("/responses") ? responses(text) : chat(text))
}

export const answers = (answer: object): Reply => says(JSON.stringify(answer))

/** A status with a body that repeats what it was sent, as careless hosts do. */
export const fails = (status: number, headers: Readonly<Record<string, string>> = {}): Reply => (asked, response) => {
  json(response, status, { error: { message: `no: ${JSON.stringify(asked.headers)} ${asked.body}` } }, headers)
}

/** Takes the request and is silent. */
export const silent: Reply = () => undefined

/** Promises more than it sends, and hangs up. */
export const cutOff: Reply = (_, response) => {
  const body = JSON.stringify(chat("{\"prediction\""))
  response.writeHead(200, { "content-type": "application/json", "content-length": String(body.length) })
  response.write(body.slice(0, 40), () => response.destroy())
}

/** A page for people, from whatever stands before the model. */
export const html: Reply = (_, response) => {
  response.writeHead(200, { "content-type": "text/html" }).end("<html>Please log in</html>")
}

/**
 * A host on a socket of this machine that speaks OpenAI's protocol. It answers the first request by the first reply, and
 * so on; by the last one from then on.
 */
export const completionServer = (...replies: ReadonlyArray<Reply>) =>
  Effect.acquireRelease(
    Effect.async<{ readonly url: string; readonly asked: Array<Asked>; readonly close: () => void }>((resume) => {
      const asked: Array<Asked> = []
      const server = createServer((request, response) => {
        const chunks: Array<string> = []
        request.setEncoding("utf8").on("data", (chunk: string) => chunks.push(chunk)).on("end", () => {
          const one = { path: request.url ?? "", headers: request.headers, body: chunks.join("") }
          const reply = replies[asked.length] ?? replies.at(-1)
          asked.push(one)
          reply?.(one, response)
        })
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        const close = () => {
          server.closeAllConnections()
          server.close()
        }
        resume(Effect.succeed({ url: `http://127.0.0.1:${port}/v1`, asked, close }))
      })
    }),
    ({ close }) => Effect.sync(close)
  )
