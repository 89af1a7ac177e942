import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { describe, expect, it } from 'vitest'
import { imageId } from '#shared/contract/base.contract.ts'
import {
  decisionRequest,
  type DecisionFormat,
  type DecisionRequest,
} from '#shared/contract/decision.contract.ts'
import type * as z from 'zod'
import { DecisionRepo } from '#engine/curation/decisions/decision.repo.ts'
import { ExchangeRepo } from '#engine/curation/decisions/exchange/exchange.repo.ts'
import { ExchangeService } from '#engine/curation/decisions/exchange/exchange.service.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import {
  dumpStates,
  openDecisions,
  writeDecisionCatalogue,
  writeFindings,
} from '#tests/fixtures/decision-catalogue.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'

const { signal } = new AbortController()
const ann = { actor: 'Ann', signal }
const bob = { actor: 'Bob', signal }
const ask = (input: z.input<typeof decisionRequest>): DecisionRequest => decisionRequest.parse(input)
const image = (id: number, revision = 0) => ({ imageId: imageId.parse(id), revision })

function openExchange(images = 12) {
  const folder = makeTemporaryFolder()
  const file = writeDecisionCatalogue(folder.path, images)
  const opened = openDecisions(file)
  const { states, writer, db } = opened
  const exchange = new ExchangeService({
    exchange: new ExchangeRepo(db, folder.path),
    decisions: new DecisionRepo(db),
    states,
    writer,
    publishChange: () => undefined,
  })
  const load = (path: string, options: { isDryRun?: boolean; replace?: boolean } = {}) =>
    exchange.import({ file: path, format: undefined, isDryRun: false, replace: false, ...options }, bob)
  return {
    ...opened,
    exchange,
    load,
    file,
    path: (name: string) => join(folder.path, name),
    [Symbol.dispose]: () => {
      opened[Symbol.dispose]()
      folder[Symbol.dispose]()
    },
  }
}

/** A bit of everything: kept, removed with a reason, relabelled twice, doubtful, taken back. */
async function decideSome({ decisions }: Pick<ReturnType<typeof openExchange>, 'decisions'>): Promise<void> {
  await decisions.decide(ask({ target: { images: [image(1)] }, action: 'keep' }), ann)
  await decisions.decide(
    ask({ target: { images: [image(2)] }, action: 'remove', reason: 'no-face', note: '=a statue, "grey"' }),
    ann,
  )
  const relabel = { action: 'relabel', task: 'race' } as const
  const first = await decisions.decide(
    ask({ ...relabel, target: { images: [image(3)] }, value: 'Black' }),
    ann,
  )
  const again = { images: [image(3, first.actId ?? 0)] }
  await decisions.decide(ask({ ...relabel, target: again, value: 'Indian' }), ann)
  await decisions.decide(
    ask({ target: { images: [image(1, 1)] }, action: 'relabel', task: 'age', value: '40-49' }),
    ann,
  )
  await decisions.decide(ask({ target: { images: [image(4)] }, action: 'suspect' }), ann)
  await decisions.decide(ask({ target: { images: [image(5)] }, action: 'remove' }), ann)
  await decisions.undo(ann)
}

describe('exported decisions', () => {
  it('are those that hold, one row each, with who and when; formulas are made harmless', async () => {
    using opened = openExchange()
    await decideSome(opened)
    const written = await opened.exchange.export({ file: opened.path('out.csv'), format: 'csv' }, signal)
    expect(written.rows).toBe(5)
    const rows: unknown[] = parse(readFileSync(written.file), { columns: true })
    const time = '2026-01-02T00:00:00.000Z'
    const one = (fields: object) => ({
      reason: '',
      note: '',
      task: '',
      from: '',
      to: '',
      reviewer: 'Ann',
      time,
      ...fields,
    })
    const sha = (index: number) => hashBytes(`image ${index}`)
    expect(rows).toEqual([
      one({ image: 'utk/0.png', sha256: sha(0), action: 'keep' }),
      one({ image: 'utk/0.png', sha256: sha(0), action: 'relabel', task: 'age', from: '34', to: '40-49' }),
      one({
        image: 'fair/1.png',
        sha256: sha(1),
        action: 'remove',
        reason: 'no-face',
        note: '\'=a statue, "grey"',
      }),
      one({
        image: 'utk/2.png',
        sha256: sha(2),
        action: 'relabel',
        task: 'race',
        from: 'White',
        to: 'Indian',
      }),
      one({ image: 'fair/3.png', sha256: sha(3), action: 'suspect' }),
    ])
  })

  it('never overwrite another file', async () => {
    using opened = openExchange()
    await decideSome(opened)
    writeFileSync(opened.path('out.csv'), 'mine')
    await expect(
      opened.exchange.export({ file: opened.path('out.csv'), format: 'csv' }, signal),
    ).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  it.each<DecisionFormat>(['csv', 'fiftyone', 'label-studio'])(
    'as %s and taken in elsewhere lead to the same state, and a second time to no change',
    async (format) => {
      using here = openExchange()
      await decideSome(here)
      const { file } = await here.exchange.export({ file: here.path('out'), format }, signal)
      using there = openExchange()
      const initial = dumpStates(there.file)
      const dry = await there.load(file, { isDryRun: true })
      expect(dry).toMatchObject({ format, matchedByPath: 0, changed: 5, problemCount: 0, actId: null })
      expect(dumpStates(there.file)).toEqual(initial)
      const report = await there.load(file)
      expect(report).toMatchObject({ changed: 5, newer: 0, problemCount: 0, actId: 1 })
      expect(dumpStates(there.file)).toEqual(dumpStates(here.file))
      expect(await there.load(file)).toMatchObject({ changed: 0, actId: null, problemCount: 0 })
      await there.decisions.undo(bob)
      expect(dumpStates(there.file)).toEqual(initial)
    },
  )
})

describe('imported decisions', () => {
  const write = (opened: ReturnType<typeof openExchange>, name: string, text: string): string => {
    writeFileSync(opened.path(name), text)
    return opened.path(name)
  }

  it('are found by hash whatever the path, else by the end of the path; what is unknown is told by line', async () => {
    using opened = openExchange()
    const file = write(
      opened,
      'in.csv',
      [
        'image,sha256,action,reason,task,to',
        `elsewhere/a.png,${hashBytes('image 0')},remove,greyscale,,`,
        '/data/of/ann/fair/3.png,,Removed,,,',
        '4.png,,relabel,,race,Martian',
        '5.png,,relabel,,height,tall',
        '6.png,,discard,,,',
        'nowhere.png,,keep,,,',
        '7.png,,remove,too old,,',
      ].join('\r\n'),
    )
    const report = await opened.load(file)
    expect(report).toMatchObject({ rows: 5, matchedByHash: 1, matchedByPath: 3, changed: 3, problemCount: 4 })
    expect(report.problems.map(({ at }) => at).sort()).toEqual(['line 4', 'line 5', 'line 6', 'line 7'])
    const states = opened.states.read([1, 4, 5, 8])
    expect([...states.values()].map(({ status }) => status)).toEqual([
      'removed',
      'removed',
      'undecided',
      'removed',
    ])
    const [entry] = opened.history.list({ imageId: imageId.parse(8), cursor: undefined, limit: 1 }).items
    expect(entry?.changes[0]).toMatchObject({ reason: 'other', note: 'too old' })
  })

  it('never replace newer decisions unless that is asked for', async () => {
    using opened = openExchange()
    await opened.decisions.decide(ask({ target: { images: [image(1), image(2)] }, action: 'keep' }), ann)
    const file = write(
      opened,
      'in.csv',
      [
        'image,action,time,reviewer',
        'utk/0.png,remove,2026-01-01T00:00:00Z,Zoe',
        'fair/1.png,remove,2026-01-03T00:00:00Z,Zoe',
        'utk/2.png,remove,,',
      ].join('\n'),
    )
    expect(await opened.load(file)).toMatchObject({ changed: 2, newer: 1 })
    const states = opened.states.read([1, 2, 3])
    expect([...states.values()].map(({ status }) => status)).toEqual(['kept', 'removed', 'removed'])
    expect(await opened.load(file, { replace: true })).toMatchObject({ changed: 1, newer: 0 })
    const [entry] = opened.history.list({ imageId: imageId.parse(1), cursor: undefined, limit: 1 }).items
    expect(entry).toMatchObject({
      reviewer: 'Bob',
      kind: 'import',
      changes: [{ note: 'Zoe, 2026-01-01T00:00:00.000Z' }],
    })
  })

  it("take FiftyOne's tags and tell which are no decisions", async () => {
    using opened = openExchange()
    const samples = [
      { filepath: '/far/away/0.png', tags: ['delete', 'validation'], _id: { $oid: '1' } },
      { filepath: 'C:\\faces\\1.png', tags: ['race:Middle Eastern', 'removed:blurred'], metadata: null },
    ]
    const file = write(opened, 'dataset.json', JSON.stringify({ name: 'x', samples }))
    const report = await opened.load(file)
    expect(report).toMatchObject({ format: 'fiftyone', rows: 3, changed: 3, problemCount: 1 })
    expect(report.problems[0]).toMatchObject({ at: 'samples[0]', message: /"validation"/ })
    expect(opened.states.read([2]).get(2)).toMatchObject({ race: 'Middle Eastern', status: 'removed' })
  })

  it("take the newest annotation of Label Studio's tasks, by the names of uploaded and of local files", async () => {
    using opened = openExchange()
    const choose = (from: string, choice: string) => ({
      from_name: from,
      to_name: 'img',
      type: 'choices',
      value: { choices: [choice] },
    })
    const tasks = [
      {
        id: 11,
        data: { image: '/data/upload/7/0a1b2c3d-0.png' },
        annotations: [
          { result: [choose('verdict', 'keep')], updated_at: '2026-01-01T10:00:00Z', completed_by: 3 },
          {
            result: [choose('verdict', 'Remove'), choose('why', 'No face')],
            updated_at: '2026-01-01T11:00:00Z',
            completed_by: { email: 'zoe@example.org' },
          },
          { result: [choose('verdict', 'keep')], updated_at: '2026-01-01T12:00:00Z', was_cancelled: true },
        ],
      },
      {
        id: 12,
        data: { image: '/data/local-files/?d=faces/fair/1.png' },
        annotations: [{ result: [choose('gender', 'Male'), choose('mood', 'happy')] }],
      },
      { id: 13, data: { image: 'x.png' }, annotations: [] },
    ]
    const report = await opened.load(write(opened, 'tasks.json', JSON.stringify(tasks)))
    expect(report).toMatchObject({ format: 'label-studio', rows: 2, changed: 2, problemCount: 1 })
    expect(report.problems[0]).toEqual({ at: 'task 12', message: 'The choice "mood: happy" is no decision.' })
    expect(opened.states.read([2]).get(2)?.gender).toBe('Male')
    const [entry] = opened.history.list({ imageId: imageId.parse(1), cursor: undefined, limit: 1 }).items
    expect(entry?.changes[0]).toMatchObject({
      to: 'removed',
      reason: 'no-face',
      note: 'zoe@example.org, 2026-01-01T11:00:00.000Z',
    })
  })

  it.each([
    ['semicolons', 'image;action\nutk/0.png;remove\n'],
    ["Excel's line of the separator", 'sep=;\r\nimage;action\r\nutk/0.png;remove\r\n'],
    ['tabs, and heads in another case', '\u{feff}Image\tAction\nutk/0.png\tREMOVE\n'],
    ['bars', 'image|action\nutk/0.png|remove\n'],
  ])('are read from tables with %s', async (_what, text) => {
    using opened = openExchange()
    expect(await opened.load(write(opened, 'in.csv', text))).toMatchObject({ changed: 1, problemCount: 0 })
  })

  it('in UTF-16 are refused with what to do', async () => {
    using opened = openExchange()
    writeFileSync(opened.path('in.csv'), Buffer.from('\u{feff}image,action\n', 'utf16le'))
    await expect(opened.load(opened.path('in.csv'))).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('UTF-16'),
    })
  })

  /** Images 1 to 4 in folders; the fourth as `val/3.png` beside `train/3.png`. */
  function openFolders() {
    const opened = openExchange()
    const paths = ['val/0.png', 'caf\u{e9}/1.png', 'train/3.png', 'val/3.png', 'val/a b (1).png']
    for (const [at, path] of paths.entries())
      opened.db.prepareCommand(`UPDATE image SET path = '${path}' WHERE id = ${at + 1}`).run()
    return opened
  }
  const races = (opened: ReturnType<typeof openExchange>) =>
    [1, 2, 3, 4, 5].filter((id) => opened.states.read([id]).get(id)?.race === 'Black')
  const asCsv = (paths: readonly string[]) =>
    ['image,action,task,to', ...paths.map((path) => `${path},relabel,race,Black`)].join('\n')
  const asSamples = (paths: readonly string[]) => {
    const race = { _cls: 'Classification', label: 'Black' }
    return JSON.stringify({ samples: paths.map((filepath) => ({ filepath, race })) })
  }
  const asTasks = (paths: readonly string[]) => {
    const choice = { from_name: 'race', to_name: 'image', type: 'choices', value: { choices: ['Black'] } }
    return JSON.stringify(
      paths.map((path) => ({ data: { image: path }, annotations: [{ result: [choice] }] })),
    )
  }
  const tools = [
    ['a table', asCsv],
    ['FiftyOne', asSamples],
    ['Label Studio', asTasks],
  ] as const

  it.each(tools)('find their images by every kind of path in %s', async (_tool, writeAs) => {
    using opened = openFolders()
    const paths = [
      'C:\\Users\\ann\\faces\\VAL\\0.PNG',
      '/home/ann/cafe\u{301}/1.png',
      'fair/val/3.png',
      '/data/upload/3/0a1b2c3d-a_b_1.png',
    ]
    const report = await opened.load(write(opened, 'in', writeAs(paths)))
    expect(report).toMatchObject({ matchedByPath: 3, matchedByName: 1, changed: 4, problemCount: 0 })
    expect(races(opened)).toEqual([1, 2, 4, 5])
  })

  it.each(tools)(
    'tell which paths in %s could mean several images, or one in another folder',
    async (_tool, writeAs) => {
      using opened = openFolders()
      const paths = ['val/0.png', '3.png', 'test/0.png']
      const report = await opened.load(write(opened, 'in', writeAs(paths)))
      expect(report).toMatchObject({ changed: 1, problemCount: 2 })
      expect(report.problems.map(({ message }) => message)).toEqual([
        expect.stringMatching(/3\.png could mean \w+\/train\/3\.png, \w+\/val\/3\.png/),
        expect.stringMatching(/test\/0\.png\. \w+\/val\/0\.png has this name in another folder/),
      ])
      expect(races(opened)).toEqual([1])
    },
  )

  it.each(tools)('that speak of no image here stop the import from %s', async (_tool, writeAs) => {
    using opened = openFolders()
    for (const isDryRun of [true, false])
      await expect(
        opened.load(write(opened, 'in', writeAs(['other/8.png', 'other/9.jpg'])), { isDryRun }),
      ).rejects.toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining('other/8.png') })
  })

  it('of a tool that loses folders are found by a name that one image alone has', async () => {
    using opened = openExchange()
    const choice = { from_name: 'race', to_name: 'image', type: 'choices', value: { choices: ['Black'] } }
    const tasks = ['/data/upload/1/3f2a91bc-3.PNG', '/data/upload/1/3f2a91bc-99.png'].map((upload, at) => ({
      id: at + 1,
      data: { image: upload },
      annotations: [{ result: [choice] }],
    }))
    const report = await opened.load(write(opened, 'uploads.json', JSON.stringify(tasks)))
    expect(report).toMatchObject({ matchedByPath: 0, matchedByName: 1, changed: 1, problemCount: 1 })
    expect(opened.states.read([4]).get(4)?.race).toBe('Black')
    expect(report.problems[0]).toMatchObject({ at: 'task 2', message: expect.stringContaining('99.png') })
  })

  it('that differ within the file: the newest where all have times, otherwise none, and each is told', async () => {
    using opened = openExchange()
    const file = write(
      opened,
      'in.csv',
      [
        'image,action,task,to,time',
        'utk/0.png,relabel,race,Black,2026-01-02T00:00:00Z',
        'utk/0.png,relabel,race,Indian,2026-01-01T00:00:00Z',
        'fair/1.png,keep,,,2026-01-01T00:00:00Z',
        'fair/1.png,remove,,,',
        'utk/2.png,remove,,,',
        'utk/2.png,remove,,,',
      ].join('\n'),
    )
    const report = await opened.load(file)
    expect(report).toMatchObject({ rows: 6, changed: 2, unchanged: 0, repeated: 2, problemCount: 2 })
    expect(report.problems.map(({ at }) => at)).toEqual(['line 4', 'line 5'])
    expect(report.problems[0]?.message).toContain('"kept" (line 4), "removed" (line 5)')
    const states = opened.states.read([1, 2, 3])
    expect([...states.values()].map(({ status, race }) => [status, race])).toEqual([
      ['undecided', 'Black'],
      ['undecided', expect.anything()],
      ['removed', expect.anything()],
    ])
  })

  it('take every control of Label Studio that holds a label, and tell the others; one odd element spoils nothing', async () => {
    using opened = openExchange()
    const answer = (from: string, type: string, value: object) => ({
      from_name: from,
      to_name: 'image',
      type,
      value,
    })
    const black = answer('race', 'choices', { choices: ['Black'] })
    const relation = { type: 'relation', from_id: 'x', to_id: 'y', direction: 'right' }
    const results = [
      [black, relation],
      [answer('age', 'number', { number: 31 })],
      [answer('age', 'textarea', { text: ['32'] })],
      [answer('race', 'taxonomy', { taxonomy: [['People', 'Black']] })],
      [answer('age', 'rating', { rating: 3 })],
      [black, answer('race', 'choices', { choices: ['White'] })],
      [null, answer('gender', 'choices', { choices: ['Male', 'Female'] })],
    ]
    const tasks: object[] = results.map((result, at) => ({
      id: at + 1,
      data: { image: `/data/local-files/?d=${at % 2 === 0 ? 'utk' : 'fair'}/${at}.png` },
      annotations: [{ result, was_cancelled: null }],
    }))
    tasks.push({ id: 8, data: { image: 'fair/7.png' }, completions: [{ result: [black] }] })
    tasks.push({ id: 9, data: { image: 'utk/8.png' }, annotations: [{ result: 'odd' }] })
    const report = await opened.load(write(opened, 'tasks.json', JSON.stringify(tasks)))
    const told = Map.groupBy(report.problems, ({ at }) => at)
    expect([...told.keys()].toSorted()).toEqual(['task 1', 'task 5', 'task 6', 'task 7', 'task 9'])
    expect(told.get('task 1')?.[0]?.message).toBe('A relation is no decision.')
    expect(told.get('task 5')?.[0]?.message).toBe('The control "age" (rating) holds no decision.')
    expect(told.get('task 6')).toHaveLength(2)
    const states = opened.states.read([1, 2, 3, 4, 6, 8])
    expect([...states.values()].map(({ race }) => race === 'Black')).toEqual([
      true,
      false,
      false,
      true,
      false,
      true,
    ])
    expect([states.get(2)?.ageYears, states.get(3)?.ageYears]).toEqual([31, 32])
  })

  it("take labels that were edited in FiftyOne's fields, and tell fields of another kind once", async () => {
    using opened = openExchange()
    const boxes = { _cls: 'Detections', detections: [] }
    const samples = [
      { filepath: '/far/0.png', race: { _cls: 'Classification', label: 'Black' }, faces: boxes },
      { filepath: '/far/1.png', age: { _cls: 'Regression', value: 31 }, faces: boxes },
      { filepath: '/far/2.png', tags: ['race:Indian'], race: { _cls: 'Classification', label: 'Black' } },
    ]
    const report = await opened.load(write(opened, 'fields.json', JSON.stringify({ samples })))
    expect(report).toMatchObject({ rows: 4, changed: 2, problemCount: 3 })
    expect(report.problems[0]?.message).toContain('"faces" (Detections) of 2 samples')
    expect(opened.states.read([1]).get(1)?.race).toBe('Black')
    expect(opened.states.read([2]).get(2)?.ageYears).toBe(31)
  })

  it('tell the tags of a label in FiftyOne as they tell those of its sample', async () => {
    using opened = openExchange()
    const race = { _cls: 'Classification', label: 'Black', tags: ['mistake'] }
    const samples = [{ filepath: '/far/0.png', tags: ['mistake'], race }]
    const report = await opened.load(write(opened, 'tags.json', JSON.stringify({ samples })))
    expect(report).toMatchObject({
      changed: 1,
      problems: [
        { message: 'The tag "mistake" of /far/0.png is no decision.' },
        { message: 'The tag "mistake" on the race of /far/0.png is no decision; the label is read.' },
      ],
    })
  })

  it('go to Label Studio with who made them where that is an e-mail, and come back with it in any case', async () => {
    using opened = openExchange()
    await opened.decisions.decide(ask({ target: { images: [image(1)] }, action: 'keep' }), ann)
    await opened.decisions.decide(ask({ target: { images: [image(2)] }, action: 'keep' }), {
      ...ann,
      actor: 'zoe@example.org',
    })
    const file = opened.path('tasks.json')
    await opened.exchange.export({ file, format: 'label-studio' }, signal)
    const tasks = JSON.parse(readFileSync(file, 'utf8')) as {
      data: { reviewer: string }
      annotations: { completed_by?: unknown }[]
    }[]
    expect(tasks.map(({ annotations }) => annotations[0]?.completed_by)).toEqual([
      undefined,
      { email: 'zoe@example.org' },
    ])
    expect(tasks.map(({ data }) => data.reviewer)).toEqual(['Ann', 'zoe@example.org'])
  })

  it.each([
    ['a table without an action', 'in.csv', 'image,label\n0.png,White\n', /columns action and image/],
    ['an empty file', 'in.csv', '', /columns action and image/],
    ['a line of the separator alone', 'in.csv', 'sep=;\r\n', /columns action and image/],
    ['broken JSON', 'in.json', '{"samples": [', /not JSON of FiftyOne/],
    ['JSON of another kind', 'in.json', '{"images": []}', /FiftyOne writes them/],
    ['tasks of another kind', 'in.json', '[{"file": 1}]', /Label Studio writes them/],
  ])('from %s are refused, and nothing is changed', async (_what, name, text, message) => {
    using opened = openExchange()
    await expect(opened.load(write(opened, name, text))).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(message),
    })
  })

  it('from a file that is not there are refused by its name', async () => {
    using opened = openExchange()
    await expect(opened.load(opened.path('none.csv'))).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('decisions about copies whose labels differ', () => {
  it('leave the label of the one that stays in doubt where they are imported', async () => {
    using from = openExchange()
    using to = openExchange()
    for (const { file } of [from, to]) writeFindings(file, 'conflicting-labels', [1, 3], 1)
    for (const { db } of [from, to]) db.prepareCommand("UPDATE image SET gender = 'Male' WHERE id = 3").run()
    const target = { check: 'conflicting-labels' as const, groupId: 1, keep: [imageId.parse(1)] }
    await from.decisions.decide(ask({ target, action: 'remove' }), ann)
    await from.exchange.export({ file: from.path('decisions.csv'), format: 'csv' }, signal)
    expect(await to.load(from.path('decisions.csv'))).toMatchObject({ changed: 2, problems: [] })
    for (const { history } of [from, to])
      expect(history.progress('conflicting-labels')).toMatchObject({ decided: 1, total: 2 })
    const check = 'conflicting-labels'
    await to.decisions.decide(ask({ target: { images: [image(1, 1)] }, action: 'keep', check }), bob)
    expect(to.history.progress('conflicting-labels')).toMatchObject({ decided: 2, total: 2 })
  })
})
