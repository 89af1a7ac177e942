import { statfsSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

// Every program and thread that a test starts loads the same sources: compiled once, read from here after that.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.cache/node-compile')
// Tests run side by side: threads of one that wait in a loop for the others of theirs would take the cores from its neighbours.
process.env['EVENHAND_THREADS'] ??= '1'

const memoryFolder = '/dev/shm'
const gibibyte = 2 ** 30

function hasRoomInMemory(): boolean {
  try {
    const { bavail, bsize } = statfsSync(memoryFolder)
    return Math.min(bavail * bsize, process.availableMemory()) > 8 * gibibyte
  } catch {
    // Other systems have no such folder.
    return false
  }
}

// A training writes hundreds of megabytes and waits for the disk each time; what tests write is gone after them.
if (hasRoomInMemory()) process.env['TMPDIR'] ??= memoryFolder

const node = {
  environment: 'node',
  setupFiles: ['tests/setup/seed-properties.ts'],
  testTimeout: 30_000,
  hookTimeout: 60_000,
}

export default defineConfig({
  test: {
    globalSetup: ['tests/setup/draw-seed.ts'],
    // Tests that wait for a program or a clock leave their core to others; the default leaves one core idle.
    maxWorkers: '100%',
    projects: [
      // Pure code keeps nothing between files: loaded once for all of them.
      { test: { ...node, name: 'unit', isolate: false, include: ['tests/unit/**/*.test.ts'] } },
      {
        test: {
          ...node,
          name: 'component',
          environment: 'happy-dom',
          include: ['tests/component/**/*.test.tsx'],
        },
      },
      {
        test: {
          ...node,
          name: 'integration',
          include: ['tests/integration/**/*.test.ts'],
          testTimeout: 120_000,
        },
      },
      { test: { ...node, name: 'contract', include: ['tests/contract/**/*.test.ts'], testTimeout: 60_000 } },
      {
        test: {
          ...node,
          name: 'architecture',
          include: ['tests/architecture/**/*.test.ts'],
          testTimeout: 120_000,
        },
      },
      {
        test: {
          ...node,
          name: 'electron',
          globalSetup: ['tests/setup/build-window.ts'],
          include: ['tests/electron/**/*.test.ts'],
          testTimeout: 120_000,
        },
      },
      {
        test: {
          ...node,
          name: 'e2e',
          globalSetup: ['tests/setup/build-window.ts'],
          include: ['tests/e2e/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
})
