import { RPCHandler } from '@orpc/server/message-port'
import { ipcMain, MessageChannelMain } from 'electron'
import type { EngineRouter } from '#engine/base/engine.ts'
import { desktopChannels } from '#shared/contract/desktop-bridge.ts'
import { mapCallErrors } from '../call-errors.ts'
import { isTrustedFrame } from './trusted-frame.ts'

/** Hands our own page, and nobody else, one end of a channel whose other end answers the contract. */
export function offerEnginePort(router: EngineRouter, developmentUrl: string | null): void {
  const handler = new RPCHandler(router, { clientInterceptors: [mapCallErrors()] })
  ipcMain.on(desktopChannels.connectEngine, ({ senderFrame }) => {
    if (senderFrame === null || !isTrustedFrame(senderFrame, developmentUrl)) return
    const { port1, port2 } = new MessageChannelMain()
    handler.upgrade(port1, { context: {} })
    port1.start()
    senderFrame.postMessage(desktopChannels.enginePort, null, [port2])
  })
}
