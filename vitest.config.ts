import { statfsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
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

/**
 * A process of its own for each: they put others in the place of the product's modules, which a process keeps, or train with
 * graphs whose memory is only given back at its end.
 */
const alone = [
  'tests/component/plot.test.tsx',
  'tests/integration/engine/base/kernel/write-new-file.test.ts',
  'tests/integration/engine/base/media/media-codec.test.ts',
  'tests/integration/engine/project/start-checks.test.ts',
  'tests/integration/engine/networks/gradients/{onednn,onnx}/*.test.ts',
  'tests/integration/engine/learning/training/train-failures.test.ts',
]

export default defineConfig({
  test: {
    globalSetup: ['tests/setup/draw-seed.ts', 'tests/setup/run-folder.ts'],
    // One file more than there are cores: one of them mostly waits for a program, a browser or the disk.
    maxWorkers: availableParallelism() + 1,
    projects: [
      // Pure code keeps nothing between files: loaded once for all of them.
      { test: { ...node, name: 'unit', isolate: false, include: ['tests/unit/**/*.test.ts'] } },
      {
        test: {
          ...node,
          name: 'component',
          environment: 'happy-dom',
          // A loaded machine is slow, not wrong: React draws the whole window at each change.
          testTimeout: 60_000,
          isolate: false,
          include: ['tests/component/**/*.test.tsx'],
          exclude: alone,
        },
      },
      {
        test: {
          ...node,
          name: 'integration',
          // The sources are loaded once for all files: a file leaves nothing behind in its process.
          isolate: false,
          include: ['tests/integration/**/*.test.ts'],
          exclude: alone,
          testTimeout: 120_000,
        },
      },
      { test: { ...node, name: 'alone', include: alone, testTimeout: 120_000 } },
      {
        test: {
          ...node,
          name: 'contract',
          isolate: false,
          include: ['tests/contract/**/*.test.ts'],
          testTimeout: 60_000,
        },
      },
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
