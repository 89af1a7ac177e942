import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { changeCatalogue } from '#tests/fixtures/change-catalogue.ts'
import { nameProposal } from '#shared/domain/proposal-key.ts'
import { callCommand } from '#tests/fixtures/call-command.ts'
import { storeDescriptors } from '#tests/fixtures/descriptors.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { finishWell } from '#tests/fixtures/jobs.ts'
import { makeLabelledProject } from '#tests/fixtures/labelled-project.ts'

const folder = makeTemporaryFolder()
const userDataFolder = join(folder.path, 'user')
let project = ''
const first = String(nameProposal('merge', [1, 3]))
const second = String(nameProposal('merge', [5, 7]))
const run = (...argv: string[]) =>
  callCommand([...argv, '--project', project], { userDataFolder, workingFolder: folder.path })

beforeAll(async () => {
  {
    await using opened = openEngine(userDataFolder)
    const made = await makeLabelledProject(opened.client, { folder: folder.path, images: 20 })
    project = made.project
  }
  storeDescriptors(project, { personOf: (image) => Math.ceil(image / 2) })
  {
    await using opened = openEngine(userDataFolder)
    await opened.client.project.open({ folder: project })
    await finishWell(opened.client, (await opened.client.identity.propose()).jobId)
  }
  changeCatalogue(join(project, 'catalogue.sqlite'), (connection) => {
    const person = `'{"nearest":0.4,"reasons":[]}'`
    connection.exec(
      `DELETE FROM identity_proposal;
       INSERT INTO identity_proposal (id, run_id, kind, image_id, other_id, distance, doubt, evidence)
       SELECT 1, id, 'merge', 1, 3, 0.5, 1, ${person} FROM identity_run UNION ALL
       SELECT 2, id, 'merge', 5, 7, 0.5, 1, ${person} FROM identity_run`,
    )
  })
})
afterAll(() => folder[Symbol.dispose]())

it('tells which proposals were applied before one failed, and which were not tried', async () => {
  const { code, stdout, stderr } = await run('identities', 'apply', first, '99', second)
  expect({ code, stdout, stderr }).toMatchObject({
    code: 3,
    stdout: expect.stringMatching(/^Applied 1 of 3:\nAct 1: same\n/),
    stderr: expect.stringMatching(
      /Proposal 99 failed: There is no proposal 99 .*\nNot tried any more: \d+\./,
    ),
  })
  // The first is done already.
  const again = await run('identities', 'apply', second, first, '--json')
  expect(again.code).toBe(4)
  expect(JSON.parse(again.stdout)).toMatchObject({
    applied: [{ act: { kind: 'same', images: [5, 7] } }],
    error: { code: 'CONFLICT' },
    failed: Number(first),
    left: [],
  })
})
