import { cleanup, configure, screen, within } from '@testing-library/react'
import { ORPCError } from '@orpc/client'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeTile } from './factories.ts'
import { createFixtureProcedures, fixtureImplementer as os, renderWindow } from './fixture-window.tsx'
import { stubLayout } from './stub-layout.ts'

configure({ asyncUtilTimeout: 20_000, getElementError: (message) => new Error(message ?? 'not found') })

beforeAll(stubLayout)
afterEach(cleanup)

const space = { name: 'face-128', title: 'Faces', modelId: null, dimensions: 128, images: 3 }

function openDetails(part: Partial<ReturnType<typeof createFixtureProcedures>['embedding']>) {
  const procedures = createFixtureProcedures()
  Object.assign(procedures.embedding, part)
  renderWindow({ path: '/catalogue?image=1', procedures })
  return screen.findByRole('region', { name: 'Most like it' })
}

describe('the images most like one', () => {
  it('are shown nearest first', async () => {
    const most = await openDetails({
      spaces: os.embedding.spaces.handler(() => [space]),
      neighbours: os.embedding.neighbours.handler(() => ({
        space: 'face-128',
        items: [2, 3].map((id) => ({ tile: makeTile(id), distance: id / 10 })),
      })),
    })
    const names = (await within(most).findAllByRole('button')).map((one) => one.getAttribute('aria-label'))
    expect(names.map((name) => name?.replace(/, .*, /, ' at '))).toEqual([
      'Image 2 at distance 0.20',
      'Image 3 at distance 0.30',
    ])
  })

  it('say why an image has none', async () => {
    const most = await openDetails({
      spaces: os.embedding.spaces.handler(() => [space]),
      neighbours: os.embedding.neighbours.handler(() => {
        throw new ORPCError('PRECONDITION', { message: 'This image has no face.', defined: true })
      }),
    })
    expect(await within(most).findByText('This image has no face.')).toBeDefined()
  })

  it('do not wait for ever where nobody can say whether images can be compared', async () => {
    const most = await openDetails({
      spaces: os.embedding.spaces.handler(() => {
        throw new ORPCError('UNAVAILABLE', { message: 'The engine is busy.', defined: true })
      }),
    })
    expect(await within(most).findByText('The engine is busy.')).toBeDefined()
  })
})
