import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { DecisionFormat } from '#shared/contract/decision.contract.ts'
import { findStandIn } from '#shared/domain/stand-in.ts'
import { readAnswers } from '#engine/assessment/baselines/read-answers.ts'
import { sniffFormat } from '#engine/base/media/domain/sniff-format.ts'
import type { InferenceRuntime } from '#engine/base/runtime/inference-session.ts'
import { readDecisionFile } from '#engine/curation/decisions/exchange/read-decision-file.ts'
import { readLabelTable } from '#engine/data/catalogue/labels/read-label-table.ts'
import { inspectOwnDetector } from '#engine/networks/faces/own-detector.ts'
import { readModelMetadata } from '#engine/networks/onnx-file/model-metadata.ts'
import { readCurveFiles } from '#engine/networks/tensorboard/read-curves.ts'
import { parseWeightFile } from '#engine/networks/weights/read-weight-file.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'

const { signal } = new AbortController()
const readDecisions = (file: string, format: DecisionFormat | undefined) =>
  readDecisionFile(file, { format, signal })
const neverRun: InferenceRuntime = {
  name: 'none',
  version: '0',
  target: 'cpu',
  createSession: () => Promise.reject(new Error('Nothing is opened here')),
}
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 46827520\n`
const page = '\u{feff}\n<!DOCTYPE html><html><head><title>Virus scan warning</title></head></html>'

describe('what came in the place of a file', () => {
  it.each([
    ['a pointer of Git LFS', pointer, /pointer of Git LFS, which stands for a file of 46827520 bytes/],
    ['a pointer of git-annex', '../.git/annex/objects/x/y/SHA256E-s1--0.pth', /pointer of git-annex/],
    ['a web page', page, /a web page/],
    [
      'the error of a store',
      '<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code></Error>',
      /the error of a server/,
    ],
  ])('is recognised: %s', (_, text, what) => {
    expect(findStandIn(bytes(text))?.what).toMatch(what)
  })

  it.each([
    ['a table', 'file,age,gender\na.jpg,3,Male\n'],
    ['JSON', '{"samples": []}'],
    ['a path that only mentions it', 'annex/objects/a.jpg,3'],
    ['nothing', ''],
  ])('is not seen in %s', (_, text) => {
    expect(findStandIn(bytes(text))).toBeNull()
  })

  it('is named where weights are read, whatever the name says', () => {
    for (const [text, what] of [
      [page, /a\.pth: it is a web page.*save the file itself\.$/],
      [pointer, /a\.pth: it is a pointer of Git LFS.*"git lfs pull"\.$/],
    ] as const) {
      expect(() => parseWeightFile(bytes(text), 'a.pth', 'resnet18')).toThrow(what)
    }
  })

  it.each<[string, string, (file: string) => unknown]>([
    ['a table of labels', 'a.csv', (file) => readLabelTable(file)],
    ['a table of decisions', 'a.csv', (file) => readDecisions(file, 'csv')],
    ['decisions of FiftyOne', 'a.json', (file) => readDecisions(file, 'fiftyone')],
    ['decisions of any kind', 'a.json', (file) => readDecisions(file, undefined)],
    [
      'stored answers',
      'a.json',
      (file) => readAnswers({ path: file, kind: 'azure-face', columns: {} }, signal),
    ],
    ['an exported model', 'a.onnx', async (file) => readModelMetadata(readFileSync(file), file)],
    ['a face detector', 'a.onnx', (file) => inspectOwnDetector(file, neverRun)],
    ['curves', 'a.tfevents', (file) => readCurveFiles(file, { throwIfCancelled: () => undefined })],
  ])('is named where %s is read', async (_, name, read) => {
    using folder = makeTemporaryFolder()
    const file = join(folder.path, name)
    for (const [text, what] of [
      [page, /is a web page.*save the file itself\.$/],
      [pointer, /is a pointer of Git LFS.*"git lfs pull"\.$/],
    ] as const) {
      writeFileSync(file, text)
      await expect(read(file)).rejects.toThrow(what)
    }
  })

  it('is named where pictures are read', () => {
    expect(sniffFormat(bytes(pointer))).toMatchObject({
      kind: 'refused',
      advice: expect.stringContaining('git lfs'),
    })
  })
})
