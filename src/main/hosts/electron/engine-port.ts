import { ipcMain, MessageChannelMain, type MessagePortMain } from 'electron'
import type { EngineRouter } from '#engine/base/procedures/router.ts'
import { desktopChannels } from '#shared/contract/desktop-bridge.ts'
import { logUnforeseen, type ErrorLog } from '../call-errors.ts'
import { createRpcLines, type OpenedLine, type RpcLine } from '../rpc-lines.ts'
import { isTrustedFrame } from './trusted-frame.ts'

interface EnginePortDeps {
  readonly router: EngineRouter
  readonly developmentUrl: string | null
  readonly log: ErrorLog
}

/** Hands our own page, and nobody else, one end of a channel whose other end answers the contract. */
export function offerEnginePort({ router, developmentUrl, log }: EnginePortDeps): void {
  const openLine = createRpcLines(router, log)
  ipcMain.on(desktopChannels.connectEngine, ({ senderFrame }) => {
    try {
      if (senderFrame === null || !isTrustedFrame(senderFrame, developmentUrl)) return
      const { port1, port2 } = new MessageChannelMain()
      listen(port1, openLine)
      senderFrame.postMessage(desktopChannels.enginePort, null, [port2])
    } catch (error) {
      // A frame can be gone between its message and the answer, and Electron then throws at every touch of it.
      logUnforeseen(error, log)
    }
  })
}

function listen(port: MessagePortMain, openLine: (line: RpcLine) => OpenedLine): void {
  const line = openLine({ send: (message) => port.postMessage(message), close: () => port.close() })
  port.on('message', ({ data }: { data: unknown }) => {
    // Anything may be posted to a port; the contract's messages are text, or bytes where they hold a file.
    if (typeof data === 'string' || data instanceof Uint8Array) line.receive(data)
    else port.close()
  })
  port.on('close', line.end)
  port.start()
}
