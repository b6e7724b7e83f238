import * as Socket from "@effect/platform/Socket"
import { Layer } from "effect"
import { WebSocket } from "ws"

/** Times in ms. The dead are waited for neither before a connection stands nor when it is closed. */
const options = {
  /** bytes: several times the books of a full subscription in one frame; what is larger ends the connection */
  maxPayload: 8 * 1024 * 1024,
  handshakeTimeout: 5_000,
  closeTimeout: 1_000,
  // a compressed frame could grow without bounds on its way here
  perMessageDeflate: false
}

/** `ws` behaves as the standard says; only its types do not. */
function isStandard(_socket: WebSocket | globalThis.WebSocket): asserts _socket is globalThis.WebSocket {}

/** Websockets with limits on what the other side may send, and on how long it may take. */
export const layer = Layer.succeed(Socket.WebSocketConstructor, (url, protocols) => {
  const socket = new WebSocket(url, protocols, options)
  isStandard(socket)
  return socket
})
