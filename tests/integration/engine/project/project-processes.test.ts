import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startFixture, startProcess } from '#tests/fixtures/child-process.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'

const isState = (state: string) => (line: unknown) =>
  typeof line === 'object' && line !== null && 'state' in line && line.state === state

describe('two processes on one project', () => {
  it('the second is told who has it open; it gets in when the first has closed', async () => {
    using folder = makeTemporaryFolder()
    const path = join(folder.path, 'faces')
    await using holder = startFixture('project-process.ts', [join(folder.path, 'home'), 'create', path])
    await expect(holder.readLine()).resolves.toMatchObject({ value: { folder: path } })

    await using opened = openEngine(join(folder.path, 'home'))
    await expect(opened.client.project.open({ folder: path })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(
        new RegExp(
          `already open in process ${holder.child.pid} on ${hostname()} since .*Close it there, then try again`,
        ),
      ),
      data: { path, pid: holder.child.pid, host: hostname() },
    })

    holder.child.stdin?.end()
    await new Promise((resolve) => holder.child.once('close', resolve))
    await expect(opened.client.project.open({ folder: path })).resolves.toMatchObject({ folder: path })
  })

  it('a killed one leaves no lock behind', async () => {
    using folder = makeTemporaryFolder()
    const path = join(folder.path, 'faces')
    await using holder = startFixture('project-process.ts', [join(folder.path, 'home'), 'create', path])
    await holder.readLine()
    await holder.kill()
    expect(existsSync(join(path, 'project.lock.json'))).toBe(true)

    await using opened = openEngine(join(folder.path, 'home'))
    await expect(opened.client.project.open({ folder: path })).resolves.toMatchObject({ folder: path })
  })

  it('two engines of one process are kept apart as well', async () => {
    using folder = makeTemporaryFolder()
    const path = join(folder.path, 'faces')
    await using first = openEngine(join(folder.path, 'home'))
    await using second = openEngine(join(folder.path, 'home'))
    await first.client.project.create({ folder: path })
    await expect(second.client.project.open({ folder: path })).rejects.toMatchObject({ code: 'CONFLICT' })
    await first.client.project.close()
    await expect(second.client.project.open({ folder: path })).resolves.toMatchObject({ folder: path })
  })
})

describe('a process killed in the middle of a job', () => {
  it('leaves the job interrupted, with its progress, and free to be resumed', async () => {
    using folder = makeTemporaryFolder()
    const path = join(folder.path, 'faces')
    await using opened = openEngine(join(folder.path, 'home'))
    const { project, job } = opened.client
    await project.create({ folder: path })
    await project.close()

    await using worker = startFixture('job-process.ts', [path])
    await worker.readLine(
      (line) => isState('running')(line) && JSON.stringify(line).includes('"phase":"Working"'),
    )
    await worker.kill()

    await project.open({ folder: path })
    const [second, first] = await job.list({})
    expect(first).toMatchObject({
      id: 1,
      state: 'interrupted',
      phase: 'Working',
      message: 'Evenhand ended before this job did. Resume it to go on.',
      finishedAt: expect.any(String),
    })
    expect(first?.done).toBeGreaterThan(0)
    expect(second).toMatchObject({ id: 2, state: 'interrupted', startedAt: null })
  })
})

/** Runs the project process among mounts of its own, then the shell command `after`. */
function startOnMount({
  mount,
  args,
  after = 'true',
}: {
  mount: string
  args: readonly string[]
  after?: string
}) {
  const fixture = join(import.meta.dirname, '../../../fixtures/project-process.ts')
  return startProcess('unshare', [
    '--map-root-user',
    '--mount',
    'sh',
    '-c',
    `${mount} && "$0" "$@"; ${after}`,
    process.execPath,
    fixture,
    ...args,
  ])
}

const canMount =
  spawnSync('unshare', ['--map-root-user', '--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0
if (!canMount) {
  process.stderr.write(
    'Disks that are full or read-only are not tested: this system lets no test mount one (unshare).\n',
  )
}

describe.runIf(canMount)('a disk that', () => {
  it('is full stops a new project with the file and the reason, and leaves nothing half made', async () => {
    using folder = makeTemporaryFolder()
    const disk = join(folder.path, 'disk')
    mkdirSync(disk)
    const mount = `mount -t tmpfs -o size=128k none '${disk}'`
    const list = `ls '${disk}/faces' | wc -l`
    await using process = startOnMount({
      mount,
      args: [join(folder.path, 'home'), 'create', join(disk, 'faces')],
      after: list,
    })
    await expect(process.readLine()).resolves.toMatchObject({
      error: {
        code: 'UNAVAILABLE',
        message: expect.stringMatching(
          /faces\/catalogue\.sqlite.*: the disk is full\. Free some space, then try again\.$/,
        ),
      },
    })
    process.child.stdin?.end()
    await expect(process.readLine()).resolves.toBe(0)
  })

  it('is read-only refuses a new project and an old one, saying why', async () => {
    using folder = makeTemporaryFolder()
    const disk = join(folder.path, 'disk')
    const home = join(folder.path, 'home')
    mkdirSync(disk)
    await using opened = openEngine(home)
    await opened.client.project.create({ folder: join(disk, 'faces') })
    await opened.client.project.close()
    const mount = `mount --bind '${disk}' '${disk}' && mount -o remount,ro,bind '${disk}'`

    await using making = startOnMount({ mount, args: [home, 'create', join(disk, 'other')] })
    await expect(making.readLine()).resolves.toEqual({
      error: {
        code: 'PRECONDITION',
        message: `Cannot make ${join(disk, 'other')}: the disk is read-only. Make the disk writable, or choose another place.`,
      },
    })
    await using opening = startOnMount({ mount, args: [home, 'open', join(disk, 'faces')] })
    await expect(opening.readLine()).resolves.toMatchObject({
      error: { code: 'PRECONDITION', message: expect.stringMatching(/faces\/.*read-only.*writable/) },
    })
  })
})
