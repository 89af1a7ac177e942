import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { imageId, modelId } from '#shared/contract/base.contract.ts'
import { evaluationResult, type EvaluationDetail } from '#shared/contract/evaluation.contract.ts'
import { importResult } from '#shared/contract/dataset.contract.ts'
import { purposeId, type PurposeId } from '#shared/contract/purpose.contract.ts'
import type { PredictResponse } from '#shared/contract/prediction.contract.ts'
import { exportResult } from '#shared/contract/model.contract.ts'
import { splitResult } from '#shared/contract/split.contract.ts'
import { wilsonInterval } from '#shared/domain/intervals.ts'
import { createEngine } from '#engine/create-engine.ts'
import type { PredictModel } from '#engine/learning/models/locate-predict-model.ts'
import { locateWorkers } from '#engine/base/threads/worker-locator.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { listSchemeLabels } from '#engine/networks/architecture/model-labels.ts'
import { buildInferenceModel } from '#engine/networks/onnx-file/export-onnx.ts'
import { buildModelFile, listHeads } from '#engine/learning/models/model-file.ts'
import { decodeModel } from '#engine/networks/onnx-file/graph-builder.ts'
import { initialiseNetwork } from '#engine/networks/architecture/initialise-network.ts'
import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'
import { describeHolds, TestedDevices } from '#engine/networks/devices/tested-devices.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { finishJob, finishWell } from '#tests/fixtures/jobs.ts'
import { drawLabelledPictures } from '#tests/fixtures/labelled-project.ts'
import { tamper } from '#tests/fixtures/one-byte.ts'
import { testedOnednn } from '#tests/fixtures/tested-engines.ts'
import { copyTrainedProject, type TrainedProject } from '#tests/fixtures/trained-project.ts'
import { makeBlankPng } from '#tests/fixtures/pictures.ts'

const folder = makeTemporaryFolder()
const opened = openEngine(join(folder.path, 'home'))
const { client, engine } = opened
const one = modelId.parse(1)
let made: TrainedProject
let picture: { file: string; bytes: Uint8Array }
let evaluation: EvaluationDetail

beforeAll(async () => {
  made = await copyTrainedProject(folder.path)
  await client.project.open({ folder: made.project })
  const [file = ''] = readdirSync(made.pictures)
  picture = { file, bytes: readFileSync(join(made.pictures, file)) }
  const { jobId } = await client.evaluation.create({ modelId: one })
  const { evaluationId } = evaluationResult.parse(await finishWell(client, jobId))
  evaluation = await client.evaluation.get({ evaluationId })
}, 300_000)

afterAll(async () => {
  await opened[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

/** The purpose that exports are made under. */
const measuring = purposeId.parse(1)
/** The project's own window, which is told every answer. */
const window = { asker: { kind: 'window' } } as const

const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)

describe('an evaluation', () => {
  it('agrees with what the run measured on the same part', async () => {
    const [run] = await client.run.list()
    for (const task of ['age', 'gender', 'race'] as const) {
      expect(evaluation.tasks[task]?.accuracy).toEqual(run?.best?.[task]?.accuracy)
    }
    expect(evaluation).toMatchObject({ modelId: one, splitId: made.splitId, part: 'val', images: 12 })
    expect(evaluation.notes).toHaveLength(1)
  })

  it('has figures that follow from its confusion counts, with Wilson intervals and every group', () => {
    const race = evaluation.tasks.race
    const counts = race?.confusion.counts ?? []
    const correct = counts.reduce((sum, row, index) => sum + (row[index] ?? 0), 0)
    expect(counts.flat().reduce((sum, count) => sum + count, 0)).toBe(12)
    expect(race?.accuracy).toEqual({ value: correct / 12, ...wilsonInterval(correct, 12), n: 12 })
    const groupings = Map.groupBy(race?.byGroup ?? [], ({ grouping }) => grouping)
    expect([...groupings].map(([name, groups]) => [name, groups.length])).toEqual([
      ['race', 5],
      ['gender', 2],
      ['age', 9],
    ])
    for (const groups of groupings.values()) expect(groups.reduce((sum, { n }) => sum + n, 0)).toBe(12)
  })

  it('shows the images behind each cell, as many as it counts', async () => {
    const { evaluationId, tasks } = evaluation
    const counts = tasks.gender?.confusion.counts ?? []
    for (const [labelled, row] of counts.entries()) {
      for (const [predicted, count] of row.entries()) {
        const images = await client.evaluation.cell({ evaluationId, task: 'gender', labelled, predicted })
        expect(images).toHaveLength(count)
        for (const { imageId: shown, probability } of images) {
          expect(probability).toBeGreaterThanOrEqual(0.5)
          expect(await client.image.get({ imageId: shown })).toMatchObject({
            gender: ['Male', 'Female'][labelled],
          })
        }
      }
    }
  })

  it('gives its answers to single images, by name, and none to images that it did not see', async () => {
    const { evaluationId, tasks } = evaluation
    const { labels = [], counts = [] } = tasks.race?.confusion ?? {}
    const { items } = await client.image.query({ limit: 1000 })
    const answers = await client.evaluation.answers({ images: items.map(({ id }) => id) })
    const ofRace = answers.filter(({ task }) => task === 'race')
    const answered = labels.map((label) => ofRace.filter((answer) => answer.label === label).length)
    expect(answered).toEqual(labels.map((_, predicted) => sumOf(counts.map((row) => row[predicted] ?? 0))))
    expect(new Set(answers.map((answer) => answer.evaluationId))).toEqual(new Set([evaluationId]))
    expect(new Set(ofRace.map(({ imageId: id }) => id)).size).toBe(12)
  })

  it('is refused for the sealed test part, and nothing is stored', async () => {
    await expect(client.evaluation.create({ modelId: one, part: 'test' })).rejects.toMatchObject({
      code: 'PRECONDITION',
      message: expect.stringContaining('The test part of split Split 1 is sealed, and nothing was computed.'),
    })
    expect(await client.evaluation.list()).toHaveLength(1)
  })

  it('is refused where another split shows sealed images under another name, copies included', async () => {
    const copies = join(folder.path, 'copies')
    cpSync(made.pictures, copies, { recursive: true })
    const imported = await client.dataset.import({ source: copies, format: 'utkface' })
    const { datasetId } = importResult.parse(await finishWell(client, imported.jobId))
    const ratios = { train: 0.2, val: 0.6, test: 0.2 }
    const wanted = await client.split.create({ datasets: [datasetId], seed: 2, ratios, name: 'copies' })
    const { splitId } = splitResult.parse(await finishWell(client, wanted.jobId))
    await expect(client.evaluation.create({ modelId: one, splitId, part: 'val' })).rejects.toMatchObject({
      code: 'PRECONDITION',
      message: expect.stringMatching(
        /^\d+ images of the part val of split copies stand in the sealed test part of split Split 1, by whose train part the model learned\./,
      ),
    })
    expect(await client.evaluation.list()).toHaveLength(1)
  })

  it('of the training part says that the model has seen these images', async () => {
    const { jobId } = await client.evaluation.create({ modelId: one, part: 'train' })
    const { evaluationId } = evaluationResult.parse(await finishWell(client, jobId))
    const { notes, images } = await client.evaluation.get({ evaluationId })
    expect(images).toBe(36)
    expect(notes).toEqual([expect.stringContaining('was trained on these images')])
  })

  it('of more images than one call of the model takes counts what each image by itself is answered', async () => {
    const more = join(folder.path, 'more')
    await drawLabelledPictures(more, 330, 60)
    await finishWell(client, (await client.dataset.import({ source: more, format: 'utkface' })).jobId)
    const datasets = (await client.dataset.list()).filter(({ name }) => name === 'more').map(({ id }) => id)
    const split = await client.split.create({ datasets, ratios: { train: 0.05, val: 0.9, test: 0.05 } })
    const { splitId } = splitResult.parse(await finishWell(client, split.jobId))
    const { jobId } = await client.evaluation.create({ modelId: one, splitId })
    const { evaluationId, tasks } = evaluationResult.parse(await finishWell(client, jobId))
    const csv = join(folder.path, 'more.csv')
    await client.split.export({ splitId, file: csv })
    const rows: Record<string, string>[] = parse(readFileSync(csv), { columns: true })
    const validation = rows.filter(({ part }) => part === 'val')
    const { images } = await client.evaluation.get({ evaluationId })
    expect([images, images > 256]).toEqual([validation.length, true])
    const files = validation.map(({ image = '' }) => join(folder.path, image))
    const answers = await engine.predict(
      files.map((file) => ({ file, bytes: readFileSync(file) })),
      { modelId: one },
      window,
    )
    for (const task of ['age', 'gender', 'race'] as const) {
      const { labels = [], counts } = tasks[task]?.confusion ?? {}
      const recounted = labels.map(() => labels.map(() => 0))
      for (const [index, row] of validation.entries()) {
        const answer = answers.predictions[index]?.faces[0]?.[task]?.label ?? ''
        const cells = recounted[labels.indexOf(row[task] ?? '')] ?? []
        cells[labels.indexOf(answer)] = (cells[labels.indexOf(answer)] ?? Number.NaN) + 1
      }
      expect(counts).toEqual(recounted)
    }
  })

  it('names what does not exist', async () => {
    await expect(client.evaluation.create({ modelId: modelId.parse(9) })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    const cell = { evaluationId: evaluation.evaluationId, task: 'gender', labelled: 2, predicted: 0 } as const
    await expect(client.evaluation.cell(cell)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'Evaluation 1 has no cell (2, 0) for gender; it has 2 labels.',
    })
  })
})

describe('an export', () => {
  const file = join(folder.path, 'out', 'face 1.onnx')

  it('writes the model, its card and its parity with the trainer, and remembers it', async () => {
    await client.purpose.record({ tasks: ['race'], who: 'Ann', what: 'Measuring bias', until: '2099-01-31' })
    const { jobId } = await client.model.export({ modelId: one, file, purposeId: measuring })
    const result = exportResult.parse(await finishWell(client, jobId))
    expect(result).toMatchObject({
      file,
      sha256: hashBytes(readFileSync(file)),
      parity: { images: 12, agreement: 1 },
    })
    expect(result.parity.maxAbsDifference).toBeLessThan(1e-4)
    expect(readdirSync(join(folder.path, 'out')).sort()).toEqual([
      'face 1.card.json',
      'face 1.onnx',
      'face 1.parity.json',
    ])
    expect((await client.model.get({ modelId: one })).exports).toMatchObject([result])
  })

  it('makes a file that says what it wants, what it answers and what it comes from', async () => {
    const { graph, metadataProps } = decodeModel(readFileSync(file))
    const [run] = await client.run.list()
    expect(graph?.input.map(({ name }) => name)).toEqual(['image'])
    expect(graph?.output.map(({ name }) => name)).toEqual(['embedding', 'age', 'gender', 'race'])
    expect(Object.fromEntries(metadataProps.map(({ key, value }) => [key, value]))).toMatchObject({
      'evenhand.name': run?.name,
      'evenhand.input_size': '32',
      'evenhand.training_data_hash': run?.splitHash,
      'evenhand.run_config_hash': run?.configHash,
      'evenhand.labels': JSON.stringify(listSchemeLabels('utkface5')),
    })
  })

  it('is refused when the file does not answer as the trained model does', async () => {
    const model = join(made.project, 'models', '1', 'model.onnx')
    renameSync(model, `${model}.kept`)
    const labels = listSchemeLabels('utkface5')
    const network = { arch: 'resnet18', inputSize: 32, heads: listHeads(labels, 'class') } as const
    const facts = { name: 'x', version: '0', labels, splitHash: '', configHash: '', weightsSha256: '' }
    const wrong = buildModelFile(network, initialiseNetwork(network, 99), facts)
    writeFileSync(model, wrong)
    // As if the run itself had written it.
    const putRight = tamper(join(made.project, 'catalogue.sqlite'), {
      table: 'stored_file',
      column: 'sha256',
      where: `path = 'models/1/model.onnx'`,
      to: `'${hashBytes(wrong)}'`,
    })
    const refused = join(folder.path, 'refused.onnx')
    const { jobId } = await client.model.export({ modelId: one, file: refused })
    expect((await finishJob(client, jobId)).error).toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(
        /^Model 1 is not exported: over 12 images its ONNX file differs from the trainer by .* more than 0\.001\./,
      ),
    })
    expect(readdirSync(folder.path)).not.toContain('refused.onnx')
    putRight()
    renameSync(`${model}.kept`, model)
  })

  it('says so when the target cannot be written', async () => {
    const { jobId } = await client.model.export({
      modelId: one,
      file: join(made.pictures, picture.file, 'x.onnx'),
    })
    expect((await finishJob(client, jobId)).error).toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/^Cannot write .*x\.onnx: part of the path is a file, not a folder\./),
    })
  })

  it('never replaces a file that is something else, and may be repeated', async () => {
    const taken = join(folder.path, 'taken.onnx')
    writeFileSync(taken, 'a letter')
    const refused = await client.model.export({ modelId: one, file: taken })
    expect((await finishJob(client, refused.jobId)).error).toMatchObject({
      code: 'CONFLICT',
      message: `There already is another file ${taken}, and files are not overwritten. Choose another name, or remove that file first.`,
    })
    expect(readFileSync(taken, 'utf8')).toBe('a letter')

    writeFileSync(join(folder.path, 'beside.card.json'), '{}')
    const beside = join(folder.path, 'beside.onnx')
    const halted = await client.model.export({ modelId: one, file: beside })
    expect((await finishJob(client, halted.jobId)).error).toMatchObject({ code: 'CONFLICT' })
    expect(readdirSync(folder.path)).not.toContain('beside.onnx')

    await finishWell(client, (await client.model.export({ modelId: one, file, purposeId: measuring })).jobId)
  })

  it('within the project is found again when the project has moved', async () => {
    await finishWell(client, (await client.model.export({ modelId: one })).jobId)
    const project = (await client.project.current())?.folder ?? ''
    const moved = `${project} moved`
    await client.project.close()
    renameSync(project, moved)
    await client.project.open({ folder: moved })
    const [latest] = (await client.model.get({ modelId: one })).exports
    expect(latest?.file).toBe(join(moved, 'models', '1', 'exports', 'without-race.onnx'))
    await client.project.close()
    renameSync(moved, project)
    await client.project.open({ folder: project })
  })
})

describe('a prediction', () => {
  const exported = join(folder.path, 'out', 'face 1.onnx')

  it('is the same from the model, from its exported file, and for the newest model', async () => {
    const answers = [
      await engine.predict([picture], { modelId: one }, window),
      await engine.predict([picture], { onnxFile: exported }, window),
      await engine.predict([picture], null, window),
    ]
    const [first] = answers
    expect(answers.map(({ predictions }) => predictions)).toEqual(answers.map(() => first?.predictions))
    expect(answers.map(({ model }) => model.id)).toEqual(['1', 'face 1.onnx', '1'])
    const own = hashBytes(readFileSync(join(made.project, 'models', '1', 'model.onnx')))
    expect(answers.map(({ model }) => model.sha256)).toEqual([own, hashBytes(readFileSync(exported)), own])
  })

  it('takes the whole image as the face, gives probabilities that sum to 1, and no years', async () => {
    const { predictions } = await engine.predict([picture], null, window)
    const face = predictions[0]?.faces[0]
    expect(face?.box).toEqual({ x: 0, y: 0, width: 40, height: 40 })
    for (const task of ['age', 'gender', 'race'] as const) {
      const { label, probabilities } = face?.[task] ?? { label: '', probabilities: null }
      expect(Object.values(probabilities ?? {}).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12)
      expect(probabilities?.[label]).toBe(Math.max(...Object.values(probabilities ?? {})))
    }
    expect(Object.keys(face?.age ?? {})).toEqual(['label', 'probabilities'])
  })

  it('agrees with the stored answer of the evaluation', async () => {
    const { evaluationId, tasks } = evaluation
    const counts = tasks.gender?.confusion.counts ?? []
    const labelled = counts.findIndex((row) => row.some((count) => count > 0))
    const predicted = counts[labelled]?.findIndex((count) => count > 0) ?? -1
    const cell = { evaluationId, task: 'gender', labelled, predicted } as const
    const [stored] = await client.evaluation.cell(cell)
    const { path } = await client.image.get({ imageId: imageId.parse(stored?.imageId) })
    const bytes = readFileSync(join(made.pictures, path))
    const { predictions } = await engine.predict([{ file: path, bytes }], null, window)
    const answer = predictions[0]?.faces[0]?.gender
    expect(answer?.label).toBe(['Male', 'Female'][predicted])
    expect(answer?.probabilities[answer.label]).toBeCloseTo(stored?.probability ?? 0, 5)
  })

  it('gives each unreadable image its own reason and the others their answer', async () => {
    const { predictions } = await engine.predict(
      [
        { file: 'notes.jpg', bytes: Buffer.from('only text') },
        picture,
        { file: 'empty.jpg', bytes: new Uint8Array() },
        { file: 'huge.png', bytes: makeBlankPng(30_000, 30_000) },
        { file: 'cut.png', bytes: picture.bytes.subarray(0, 300) },
      ],
      null,
      window,
    )
    expect(predictions.map(({ file, faces, error }) => [file, faces.length, error === undefined])).toEqual([
      ['notes.jpg', 0, false],
      [picture.file, 1, true],
      ['empty.jpg', 0, false],
      ['huge.png', 0, false],
      ['cut.png', 0, false],
    ])
  })

  it('without images tells which model would answer', async () => {
    expect(await engine.predict([], null, window)).toMatchObject({ model: { id: '1' }, predictions: [] })
  })

  it('turns the upright way round what EXIF says, as training did', async () => {
    const upright = await sharp(picture.bytes).jpeg({ quality: 100 }).toBuffer()
    const turned = await sharp(upright).rotate(90).withMetadata({ orientation: 8 }).png().toBuffer()
    const straight = await sharp(upright).png().toBuffer()
    const { predictions } = await engine.predict(
      [
        { file: 'face', bytes: straight },
        { file: 'face', bytes: turned },
      ],
      null,
      window,
    )
    // Of the bytes that were sent.
    expect(predictions[1]).toEqual({ ...predictions[0], picture: hashBytes(turned) })
  })

  it.each([
    ['a text file', Buffer.from('not a model'), 'it is no ONNX file'],
    ['an empty file', Buffer.alloc(0), 'it is no ONNX file'],
  ])('is refused for %s in place of a model', async (name, bytes, reason) => {
    const file = join(folder.path, `${name}.onnx`)
    writeFileSync(file, bytes)
    await expect(engine.predict([picture], { onnxFile: file }, window)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: `${file} is not a model that this version of Evenhand exported: ${reason}. Export the model again, or name another file.`,
    })
  })

  it('is refused for an ONNX file of somebody else, naming what is missing', async () => {
    const file = join(folder.path, 'foreign.onnx')
    const network = { arch: 'resnet18', inputSize: 32, heads: [{ task: 'gender', classes: 2 }] } as const
    writeFileSync(file, buildInferenceModel(network, initialiseNetwork(network, 1)))
    await expect(engine.predict([picture], { onnxFile: file }, window)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('its metadata has no "evenhand.preprocessing"'),
    })
  })

  it('is refused for a model file that is not there', async () => {
    await expect(
      engine.predict([picture], { onnxFile: join(folder.path, 'none.onnx') }, window),
    ).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })

  it('needs no project when the file is named, and says what to do when nothing is', async () => {
    await using other = openEngine(join(folder.path, 'other'))
    expect(
      (await other.engine.predict([picture], { onnxFile: exported }, window)).predictions[0]?.faces,
    ).toHaveLength(1)
    await expect(other.engine.predict([picture], null, window)).rejects.toMatchObject({
      code: 'PRECONDITION',
    })
    mkdirSync(join(folder.path, 'bare'))
    await other.client.project.create({ folder: join(folder.path, 'bare') })
    await expect(other.engine.predict([picture], null, window)).rejects.toMatchObject({
      code: 'PRECONDITION',
      message: 'The project has no model yet. Train one first, or name an exported ONNX file.',
    })
  })
})

describe('race outside of the window', () => {
  const underPurpose = join(folder.path, 'out', 'face 1.onnx')
  const without = join(folder.path, 'out', 'without.onnx')
  const ask = (options: { model?: PredictModel; purposeId?: PurposeId | null } = {}) =>
    engine.predict([picture], options.model ?? null, {
      asker: { kind: 'program', name: 'key', purposeId: options.purposeId ?? null },
    })
  const raceOf = ({ predictions }: PredictResponse) => predictions[0]?.faces[0]?.race
  const none = /^Race is left out: no purpose was named\./

  it('is left out of answers without a purpose, and the other tasks are answered as ever', async () => {
    const told = await engine.predict([picture], null, window)
    const answer = await ask()
    expect(answer.withheld).toEqual({ tasks: ['race'], reason: expect.stringMatching(none) })
    expect(answer.purpose).toBeUndefined()
    expect(answer.predictions).toEqual(
      told.predictions.map((each) => ({
        ...each,
        // By its hash the window alone asks more about a picture.
        picture: undefined,
        faces: each.faces.map((face) => ({ ...face, race: null })),
      })),
    )
    expect(raceOf(told)).not.toBeNull()
  })

  it('is answered under a purpose that names it, until that ends', async () => {
    const { id } = await client.purpose.record({
      tasks: ['race'],
      who: 'Ben',
      what: 'Labelling',
      until: '2099-01-31',
    })
    const answer = await ask({ purposeId: id })
    expect(raceOf(answer)).toEqual(raceOf(await engine.predict([picture], null, window)))
    expect(answer).toMatchObject({ purpose: { id, who: 'Ben', what: 'Labelling', until: '2099-01-31' } })
    expect(answer.withheld).toBeUndefined()
    await client.purpose.end({ purposeId: id })
    const late = await ask({ purposeId: id })
    expect([raceOf(late), late.withheld?.reason]).toEqual([null, expect.stringMatching(/was ended on/)])
    await expect(client.purpose.end({ purposeId: id })).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(client.model.export({ modelId: one, purposeId: id })).rejects.toMatchObject({
      code: 'PRECONDITION',
    })
    await expect(engine.announceServing(id)).rejects.toMatchObject({ code: 'PRECONDITION' })
    await expect(ask({ purposeId: purposeId.parse(99) })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('goes with an exported file under a purpose, which its metadata, card and certificate name', async () => {
    const named = { id: measuring, tasks: ['race'], who: 'Ann', what: 'Measuring bias', until: '2099-01-31' }
    const metadata = new Map(
      decodeModel(readFileSync(underPurpose)).metadataProps.map(({ key, value }) => [key, value]),
    )
    expect(JSON.parse(metadata.get('evenhand.purpose') ?? '')).toEqual(named)
    for (const beside of ['card', 'parity']) {
      const told: unknown = JSON.parse(readFileSync(underPurpose.replace('.onnx', `.${beside}.json`), 'utf8'))
      expect(told).toMatchObject({ purpose: named, withheld: null })
    }
    const answer = await ask({ model: { onnxFile: underPurpose } })
    expect([answer.purpose, raceOf(answer)?.label]).toEqual([named, expect.any(String)])
  })

  it('is asked of the calendar at each answer, also of a file that needs no project', async () => {
    const userDataFolder = join(folder.path, 'later')
    const workers = locateWorkers(new URL('../../../src/main/cli.ts', import.meta.url).href)
    const later = createEngine({ host: 'cli', userDataFolder, workers, now: () => Date.parse('2099-02-01') })
    const asker = { kind: 'program', name: 'command line', purposeId: null } as const
    const answer = await later.predict([picture], { onnxFile: underPurpose }, { asker })
    await later.dispose()
    expect([raceOf(answer), answer.withheld?.reason]).toEqual([
      null,
      expect.stringMatching(/purpose 1 held until 2099-01-31/),
    ])
  })

  it('has no head in a file that was exported without a purpose; the rest of the file is the same', async () => {
    const { jobId } = await client.model.export({ modelId: one, file: without })
    const written = exportResult.parse(await finishWell(client, jobId))
    expect(written).toMatchObject({
      purpose: null,
      withheld: { tasks: ['race'], reason: expect.stringMatching(none) },
    })
    const { graph, metadataProps } = decodeModel(readFileSync(without))
    const whole = decodeModel(readFileSync(underPurpose)).graph
    expect(graph?.output.map(({ name }) => name)).toEqual(['embedding', 'age', 'gender'])
    expect(graph?.initializer.map(({ name }) => name)).toEqual(
      whole?.initializer.map(({ name }) => name).filter((name) => !name.startsWith('head.race.')),
    )
    expect(graph?.node).toEqual(whole?.node.filter(({ output }) => !output.includes('race')))
    const labels = metadataProps.find(({ key }) => key === 'evenhand.labels')?.value ?? ''
    expect(Object.keys(z.record(z.string(), z.unknown()).parse(JSON.parse(labels)))).toEqual([
      'age',
      'gender',
    ])
    // Not even the window can make it answer.
    const answer = await engine.predict([picture], { onnxFile: without }, window)
    const told = await engine.predict([picture], null, window)
    expect(answer.predictions).toEqual(
      told.predictions.map((each) => ({
        ...each,
        faces: each.faces.map((face) => ({ ...face, race: null })),
      })),
    )
    expect(written.parity).toMatchObject({ images: 12, agreement: 1 })
  })

  it('of a file from before purposes is left out', async () => {
    const old = join(made.project, 'models', '1', 'model.onnx')
    expect(await ask({ model: { onnxFile: old } })).toMatchObject({ withheld: { tasks: ['race'] } })
  })

  it('takes gender with it where the project says so', async () => {
    expect((await client.purpose.guard({ tasks: ['gender'] })).guarded).toEqual(['race', 'gender'])
    const answer = await ask({ purposeId: measuring })
    expect(answer).toMatchObject({ purpose: { id: measuring }, withheld: { tasks: ['gender'] } })
    expect(answer.predictions[0]?.faces[0]).toMatchObject({
      gender: null,
      race: { label: expect.any(String) },
    })
    expect((await client.purpose.guard({ tasks: [] })).guarded).toEqual(['race'])
  })

  it('is written down with the picture’s hash and the purpose, and without the picture', async () => {
    const { lines } = await client.access.list({ filter: { kinds: ['predicted'] }, limit: 1000 })
    const pictures = [hashBytes(picture.bytes)]
    expect(lines.map(({ subject }) => subject)).toContainEqual(
      expect.objectContaining({ model: '1', images: 1, pictures, purpose: measuring, withheld: ['gender'] }),
    )
    expect(lines.map(({ actor }) => actor)).toContain('a program with the key')
    expect(await client.access.verify()).toMatchObject({ holds: true })
  })
})

describe.skipIf('reason' in testedOnednn)('an evaluation by oneDNN', () => {
  const userDataFolder = join(folder.path, 'home')
  const { version } = createOrtRuntime()
  const noteTested = async (state: 'available' | 'unavailable') => {
    const tested = new TestedDevices({ userDataFolder, readRuntime: async () => ({ version }) })
    const measured = { testedAt: '2026-01-01T00:00:00.000Z', parity: null, operators: null }
    const speeds = { imagesPerSecond: 1, cpuImagesPerSecond: 1, arithmetic: 'float32' as const }
    const { onednn } = await describeHolds()
    await tested.keep(
      {
        id: 'onednn',
        name: 'oneDNN',
        state,
        hardware: null,
        library: null,
        reason: state === 'available' ? null : 'its answers differ',
        measured: { ...measured, ...speeds },
      },
      onednn,
    )
  }

  it('gives the same answers in float32, and says what computed them', async () => {
    await noteTested('available')
    const { jobId } = await client.evaluation.create({ modelId: one, engine: 'onednn' })
    const { evaluationId } = evaluationResult.parse(await finishWell(client, jobId))
    const found = await client.evaluation.get({ evaluationId })
    expect(found.computedBy).toEqual({
      library: expect.stringMatching(/^oneDNN \d/),
      arithmetic: 'float32',
      instead: null,
    })
    expect(evaluation.computedBy).toMatchObject({ library: `onnxruntime-node ${version}`, instead: null })
    expect(found.rounding).toBeNull()
    expect(found.tasks).toEqual(evaluation.tasks)
  })

  it('stands behind a prediction too, which says so', async () => {
    await noteTested('available')
    const [usual, ours] = [
      await engine.predict([picture], { modelId: one }, window),
      await engine.predict(
        [picture],
        { modelId: one },
        { ...window, computing: { engine: 'onednn', arithmetic: 'auto' } },
      ),
    ]
    expect(usual.computedBy).toBeUndefined()
    expect(ours.computedBy).toMatchObject({ library: expect.stringMatching(/^oneDNN /), instead: null })
    const answerOf = ({ predictions }: PredictResponse) => predictions[0]?.faces[0]?.gender
    expect(answerOf(ours)?.label).toBe(answerOf(usual)?.label)
    for (const [label, probability] of Object.entries(answerOf(usual)?.probabilities ?? {}))
      expect(answerOf(ours)?.probabilities[label]).toBeCloseTo(probability, 5)
  })

  it('is refused in an arithmetic that was not measured here, and by a library that failed its test', async () => {
    const bf16 = client.evaluation.create({ modelId: one, arithmetic: 'bf16' })
    await expect(bf16).rejects.toMatchObject({
      code: 'PRECONDITION',
      message: expect.stringContaining('This processor has no bf16 that oneDNN could use'),
    })
    await noteTested('unavailable')
    await expect(client.evaluation.create({ modelId: one, engine: 'onednn' })).rejects.toMatchObject({
      code: 'PRECONDITION',
      message: expect.stringContaining('its answers differ'),
    })
  })
})
