import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Engine } from '#engine/engine.ts'
import type { PredictImage } from '#engine/networks/inference/predictor.ts'
import type { PredictResponse } from '#shared/contract/prediction.contract.ts'
import { desktopOrigin } from '#shared/contract/desktop-bridge.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { createAppProtocol } from '../../../../src/main/hosts/electron/app-protocol.ts'
import { windowSecurityHeaders } from '../../../../src/main/hosts/web/content-security-policy.ts'
import { predictLimits } from '../../../../src/main/hosts/web/predict-limits.ts'

let folder: ReturnType<typeof makeTemporaryFolder>
/** Calls of the model that have not been answered, oldest first. */
let calls: { readonly files: string[]; readonly finish: () => void }[]

beforeEach(() => {
  folder = makeTemporaryFolder()
  calls = []
  mkdirSync(folder.path, { recursive: true })
  writeFileSync(join(folder.path, 'index.html'), '<!doctype html>')
})
afterEach(() => folder[Symbol.dispose]())

const refuse = () => Promise.reject(new Error('Nothing but predictions is asked for here'))

function openProtocol(developmentUrl: string | null = null) {
  const predict: Engine['predict'] = (images: readonly PredictImage[]) =>
    new Promise<PredictResponse>((resolve) => {
      calls.push({
        files: images.map(({ file }) => file),
        finish: () =>
          resolve({
            model: { id: '1', name: 'm', sha256: 'a'.repeat(64) },
            predictions: images.map(({ file }) => ({ file, faces: [] })),
            milliseconds: { decode: 1, inference: 1 },
          }),
      })
    })
  const measureImages: Engine['measureImages'] = async (images) => images.map(() => 1)
  const engine = { predict, measureImages, media: { thumbnail: refuse, image: refuse } }
  return createAppProtocol({ engine, windowFolder: folder.path, developmentUrl, log: () => undefined })
}

function makeRequest(images: readonly (readonly [string, number])[], signal?: AbortSignal): Request {
  const body = new FormData()
  for (const [name, bytes] of images) body.append('image', new Blob([new Uint8Array(bytes)]), name)
  return new Request(`${desktopOrigin}/predict`, { method: 'POST', body, ...(signal && { signal }) })
}

/** A form is read in a few turns; the queue does not tell who waits in it. */
const readForms = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 50))

const nextCall = async () => {
  await expect.poll(() => calls.length).toBeGreaterThan(0)
  const call = calls.shift()
  if (call === undefined) throw new Error('The model was not asked')
  return call
}

describe('predictions in the desktop program', () => {
  it('that are asked for while the model is busy go through it together, each with its own answer', async () => {
    const answer = openProtocol()
    const first = answer(makeRequest([['a.jpg', 1]]))
    const busy = await nextCall()
    const others = ['b.jpg', 'c.jpg'].map((name) => answer(makeRequest([[name, 1]])))
    await readForms()
    expect(calls).toEqual([])
    busy.finish()
    const shared = await nextCall()
    expect(shared.files).toEqual(['b.jpg', 'c.jpg'])
    shared.finish()
    const told = await Promise.all([first, ...others].map(async (response) => (await response).json()))
    expect(told.map(({ predictions }) => predictions)).toMatchObject([
      [{ file: 'a.jpg' }],
      [{ file: 'b.jpg' }],
      [{ file: 'c.jpg' }],
    ])
  })

  it('are refused with what to do when too many wait', async () => {
    const answer = openProtocol()
    const busy = answer(makeRequest([['a.jpg', 1]]))
    const call = await nextCall()
    const others = Array.from({ length: predictLimits.waitingPredictions + 1 }, () =>
      answer(makeRequest([['b.jpg', 1]])),
    )
    const refused = await Promise.race(others)
    expect(refused.status).toBe(503)
    expect(await refused.json()).toMatchObject({
      code: 'UNAVAILABLE',
      detail: expect.stringContaining('try again'),
    })
    call.finish()
    const shared = await nextCall()
    shared.finish()
    const statuses = (await Promise.all([busy, ...others])).map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(predictLimits.waitingPredictions + 1)
  })

  it('are refused above the number of images and above the size of one', async () => {
    const answer = openProtocol()
    const many = Array.from(
      { length: predictLimits.imagesPerRequest + 1 },
      (_, at) => [`${at}.jpg`, 1] as const,
    )
    const crowded = await answer(makeRequest(many))
    expect([crowded.status, await crowded.json()]).toMatchObject([
      400,
      {
        code: 'INVALID_INPUT',
        detail: 'The request holds more than 64 images. Send them in several requests.',
      },
    ])
    const large = await answer(makeRequest([['huge.tif', predictLimits.imageBytes + 1]]))
    expect([large.status, await large.json()]).toMatchObject([
      400,
      { code: 'INVALID_INPUT', detail: 'huge.tif is larger than 32 MB. Save it smaller.' },
    ])
    expect(calls).toEqual([])
  })

  it('that are given up while they wait never reach the model', async () => {
    const answer = openProtocol()
    const first = answer(makeRequest([['a.jpg', 1]]))
    const call = await nextCall()
    const stop = new AbortController()
    const given = answer(makeRequest([['b.jpg', 1]], stop.signal))
    await readForms()
    stop.abort()
    call.finish()
    await first
    expect((await given).status).toBe(499)
    expect(calls).toEqual([])
  })
})

describe('a failure in the desktop program', () => {
  it('comes with the headers that let the window, and the page of a development server, read it', async () => {
    const { headers, status } = await openProtocol('http://localhost:5173')(
      new Request(`${desktopOrigin}/nothing.js`),
    )
    expect(status).toBe(404)
    expect(Object.fromEntries(headers)).toMatchObject({
      ...windowSecurityHeaders,
      'cross-origin-resource-policy': 'cross-origin',
      'access-control-allow-origin': 'http://localhost:5173',
      'content-type': 'application/problem+json',
    })
  })
})
