import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { embeddingSpace } from '#shared/contract/embedding.contract.ts'
import { readingResult, readingSummary, settledResult } from '#shared/contract/reading.contract.ts'
import { callCommand } from '#tests/fixtures/call-command.ts'
import { writeFindings } from '#tests/fixtures/decision-catalogue.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { importFolder } from '#tests/fixtures/imports.ts'
import { drawLabelledPictures } from '#tests/fixtures/labelled-project.ts'
import type { FinishedCommand } from '#tests/fixtures/run-command.ts'

const folder = makeTemporaryFolder()
const userDataFolder = join(folder.path, 'user')
const project = join(folder.path, 'project')

const run = (...argv: string[]): Promise<FinishedCommand> =>
  callCommand([...argv, '--project', project], { userDataFolder, workingFolder: folder.path })

async function runJson<Schema extends z.ZodType>(
  schema: Schema,
  ...argv: string[]
): Promise<z.output<Schema>> {
  const { code, stdout, stderr } = await run(...argv, '--json')
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
  return schema.parse(JSON.parse(stdout))
}

/** Ann has removed two of four findings and kept the others. */
beforeAll(async () => {
  await using opened = openEngine(userDataFolder)
  const { client } = opened
  const pictures = join(folder.path, 'faces')
  await drawLabelledPictures(pictures, 6)
  await client.project.create({ folder: project })
  await importFolder(client, { source: pictures, format: 'utkface' })
  writeFindings(join(project, 'catalogue.sqlite'), 'label-race', [1, 2, 3, 4])
  const { items } = await client.image.query({ limit: 10 })
  for (const { id } of items.filter((tile) => tile.id <= 4)) {
    const { revision } = await client.image.get({ imageId: id })
    await client.decision.decide({
      target: { images: [{ imageId: id, revision }] },
      action: id <= 2 ? 'remove' : 'keep',
      check: 'label-race',
      reviewer: 'Ann',
    })
  }
})
afterAll(() => folder[Symbol.dispose]())

// Each command is a process of its own.
describe('a second reading on the command line', { timeout: 300_000 }, () => {
  it('goes out as a file without the first answers, comes back, and gives kappa at its end', async () => {
    const refused = await run('reading', 'start', '--check', 'label-race', '--reviewer', 'Ann')
    expect(refused).toMatchObject({ code: 5, stderr: expect.stringContaining('Nobody but Ann') })
    const made = await runJson(
      readingSummary,
      'reading',
      'start',
      '--check',
      'label-race',
      '--reviewer',
      'Bo',
    )
    expect(made).toMatchObject({ images: 4, answered: 0, reviewer: 'Bo' })

    const file = join(folder.path, 'bo.csv')
    expect(await run('reading', 'export', '1', '--out', 'bo.csv')).toMatchObject({ code: 0 })
    const [header = '', ...rows] = readFileSync(file, 'utf8').trim().split('\n')
    expect(header).toBe('image,file,race,gender,age,answer,task,value')
    expect(rows.map((row) => Number(row.split(',')[0])).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4])
    expect(rows.join('\n')).not.toMatch(/Ann|remove|keep/)
    expect(await run('reading', 'export', '1', '--out', 'bo.csv')).toMatchObject({ code: 4 })

    const answers: Readonly<Record<string, string>> = {
      1: 'remove,,',
      2: 'keep,,',
      3: 'relabel,race,White',
      4: 'burn,,',
    }
    const answered = rows.map((row) => row.replace(/,,,$/, `,${answers[row.split(',')[0] ?? ''] ?? ''}`))
    writeFileSync(file, [header, ...answered].join('\n'))
    const taken = await run('reading', 'import', '1', 'bo.csv')
    expect(taken).toMatchObject({ code: 4, stdout: expect.stringContaining('"burn" is no answer') })
    expect(taken.stdout).toContain('3 answers taken')
    expect(await run('reading', 'result', '1')).toMatchObject({ code: 5 })
    const again = await run('reading', 'answer', '1', '2', 'remove')
    expect(again).toMatchObject({ code: 4, stderr: expect.stringContaining('answered already') })
    expect(await runJson(readingSummary, 'reading', 'answer', '1', '4', 'keep')).toMatchObject({
      answered: 4,
      isFinished: true,
    })

    const result = await runJson(readingResult, 'reading', 'result', '1')
    expect(result.overall.agreement).toMatchObject({ value: 0.5, n: 4 })
    expect(
      result.disagreements
        .map(({ imageId, second }) => [imageId, second])
        .toSorted(([a], [b]) => Number(a) - Number(b)),
    ).toEqual([
      [2, 'keep'],
      [3, 'relabel race to White'],
    ])
    expect((await run('reading', 'result', '1')).stdout).toContain("Cohen's kappa")
    expect(await runJson(z.array(readingSummary), 'reading', 'list')).toHaveLength(1)

    const settle = ['reading', 'settle', '1', '--reviewer', 'Cy'] as const
    const { disagreements, outcome } = await runJson(settledResult, ...settle, '2', 'second')
    expect(outcome).toEqual({ isChanged: true, conflicts: [] })
    expect(disagreements.find(({ imageId }) => imageId === 2)?.settled).toMatchObject({
      answer: 'keep',
      reviewer: 'Cy',
    })
    const unsure = await run(...settle, '3', 'unsure')
    expect(unsure.stdout).toContain('Marked as unsure')
    expect(unsure.stdout).toContain('settled answers for both, so that those agree')
    expect((await run(...settle, '2', 'open')).stdout).toMatch(/^Taken back\./)
    expect((await run(...settle, '3', 'open')).stdout).toContain('settling had not changed the picture')
    expect(await run(...settle, '4', 'first')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('do not differ on image 4'),
    })
  })
})

describe('embed', { timeout: 300_000 }, () => {
  it('finds no model that is not there, and makes and lists the space of faces', async () => {
    const unknown = await run('embed', '7')
    expect(unknown).toMatchObject({ code: 3, stderr: expect.stringContaining('no model "7"') })
    const made = await runJson(z.looseObject({}), 'embed', 'face-128')
    expect(made).toEqual({ space: 'face-128', images: 6, unreadable: 0 })
    expect(await runJson(z.array(embeddingSpace), 'embed', 'list')).toEqual([
      { name: 'face-128', title: 'Faces', modelId: null, dimensions: 128, images: 6 },
    ])
  })
})
