// @vitest-environment happy-dom
import { cleanup, configure, screen, within } from '@testing-library/react'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { renderWindow } from './fixture-window.tsx'
import { stubLayout } from './stub-layout.ts'

configure({ asyncUtilTimeout: 20_000, getElementError: (message) => new Error(message ?? 'not found') })

vi.mock('#renderer/components/plot/plotly-bundle.ts', () => {
  throw new Error('Failed to fetch dynamically imported module')
})

beforeAll(stubLayout)
afterEach(cleanup)

describe('a plot whose library cannot be loaded', () => {
  it('says so in its place and leaves the figures beside it', async () => {
    renderWindow({ path: '/evaluate?task=race' })
    const table = await screen.findByRole('table', { name: /Accuracy by labelled race/ })
    const [alert] = await screen.findAllByRole('alert')
    expect(within(alert ?? table).getByRole('button', { name: 'Reload the window' })).toBeDefined()
    expect(table.isConnected).toBe(true)
  })
})
