import { setTimeout as delay } from 'node:timers/promises'
import { openRaw, upgradeRequest } from '../fixtures/raw-http.ts'
import { chance, pick, randomBytes, streamOf } from './pick.ts'

/** Frames that RFC 6455 forbids: unmasked, of reserved kinds, larger than may be, cut off, not of UTF-8. */
const oddFrames: readonly (readonly number[])[] = [
  [0x81, 0x01, 0x41],
  [0x83, 0x80, 0, 0, 0, 0],
  [0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x89, 0xfe, 0xff, 0xff, 1, 2, 3, 4],
  [0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe],
  [0x88, 0x81, 0, 0, 0, 0, 1],
  [0x00, 0x80, 0, 0, 0, 0],
  [0xc1, 0x81, 0, 0, 0, 0, 1],
]

/** Upgrades, refused and taken, whose client breaks the connection at some moment. */
export async function breakUpgrades(
  { port, token }: { readonly port: number; readonly token: string },
  count: number,
  seed: number,
): Promise<void> {
  const breakOne = async (index: number): Promise<void> => {
    const random = streamOf(seed, 'upgrade', index)
    const known: Readonly<Record<string, string>> = chance(random, 0.6)
      ? { authorization: `Bearer ${token}` }
      : {}
    const request = upgradeRequest(pick(random, ['/rpc', '/rpc', '/other', '//[', '*']), known)
    const socket = await openRaw(port)
    socket.resume()
    socket.write(chance(random, 0.2) ? request.slice(0, random.int(1, request.length)) : request)
    if (chance(random, 0.4)) socket.write(Buffer.from(pick(random, oddFrames)))
    if (chance(random, 0.3)) await delay(random.int(0, 20))
    if (chance(random, 0.2)) socket.write(randomBytes(random, 64))
    socket.resetAndDestroy()
  }
  for (let start = 0; start < count; start += 20)
    await Promise.all(Array.from({ length: Math.min(20, count - start) }, (_, at) => breakOne(start + at)))
}
