import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { projectSummary } from '#shared/contract/project.contract.ts'
import { jobSnapshot } from '#shared/contract/job.contract.ts'
import { callCommand } from '#tests/fixtures/call-command.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { drawLabelledPictures } from '#tests/fixtures/labelled-project.ts'
import { runCommand, startCommand, type FinishedCommand } from '#tests/fixtures/run-command.ts'

const folder = makeTemporaryFolder()
const userDataFolder = join(folder.path, 'user')
const project = join(folder.path, 'project')

const run = (argv: readonly string[], workingFolder = folder.path): Promise<FinishedCommand> =>
  runCommand(argv, { userDataFolder, workingFolder })
/** What a command says and does, without a process of its own. */
const call = (argv: readonly string[], workingFolder = folder.path): Promise<FinishedCommand> =>
  callCommand(argv, { userDataFolder, workingFolder })

beforeAll(async () => {
  await call(['init', project, '--name', 'Faces'])
})

afterAll(() => folder[Symbol.dispose]())

describe('arguments', () => {
  it('an unknown command ends with 2 and names the commands there are', async () => {
    const { code, stdout, stderr } = await run(['bundel'])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(
      /Unknown command 'bundel'\. There are: init, audience, backup, restore, integrity, import, .*purpose, predict, explain, serve/,
    )
  })

  it('an unknown command of a group names the commands of that group', async () => {
    const { code, stderr } = await call(['split', 'heal'])
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr:
        "Unknown command 'heal'. There are: create, list, show, again, import, certify, verify, cells, diff, export.\n",
    })
  })

  it('no command at all shows the help and ends with 2', async () => {
    const { code, stdout, stderr } = await call([])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain('Usage: evenhand')
  })

  it('asked-for help goes to stdout and ends with 0', async () => {
    const { code, stdout, stderr } = await run(['train', '--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('--weight-decay')
  })

  it('a malformed flag is named', async () => {
    const { code, stderr } = await call(['train', '--split', '1', '--epochs', 'many', '--project', project])
    expect(code).toBe(2)
    expect(stderr).toContain('--epochs: must be a whole number')
  })

  it('a missing one points to the help of its command', async () => {
    const { code, stderr } = await call(['evaluate'])
    expect(code).toBe(2)
    expect(stderr).toContain('"evenhand evaluate --help" lists its options.')
  })

  it('ratios that are no numbers are refused once', async () => {
    const { stderr } = await call(['split', 'create', '--ratios', 'a,b,c', '--project', project])
    expect(stderr).toMatch(/^--ratios: must be three shares, as in 0\.8,0\.1,0\.1\./)
  })

  it('relative paths mean the folder that the user stands in, also through npm run', async () => {
    const npm = { npm_lifecycle_event: 'evenhand', INIT_CWD: project }
    const { code } = await runCommand(['datasets'], { userDataFolder, workingFolder: '/', env: npm })
    expect(code).toBe(0)
  })

  it('ratios that do not add up to 1 are refused', async () => {
    const { code, stderr } = await call(['split', 'create', '--ratios', '0.8,0.1,0.2', '--project', project])
    expect(code).toBe(2)
    expect(stderr).toContain('--ratios: The three ratios must add up to 1')
  })
})

describe('JSON', () => {
  it('is one document on stdout, also for a failure', async () => {
    const { code, stdout, stderr } = await run(['jobs', '--json', '--project', join(folder.path, 'nowhere')])
    const { error } = JSON.parse(stdout) as { error: { code: string; message: string } }
    expect(code).toBe(3)
    expect(error.code).toBe('NOT_FOUND')
    expect(stderr).toBe(`${error.message}\n`)
  })

  it('of init is the project', async () => {
    const { stdout } = await call(['init', join(folder.path, 'second'), '--json'])
    expect(projectSummary.parse(JSON.parse(stdout))).toMatchObject({ name: 'second', counts: { images: 0 } })
  })

  it('of a wrong argument is an error document', async () => {
    const { stdout } = await call(['nothing', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'INVALID_INPUT' } })
  })
})

describe('the project', () => {
  it('is the nearest one upwards when none is named', async () => {
    const deep = join(project, 'reports', 'a', 'b')
    mkdirSync(deep, { recursive: true })
    const { code, stdout } = await call(['jobs', '--json'], deep)
    expect({ code, jobs: JSON.parse(stdout) as unknown }).toEqual({ code: 0, jobs: [] })
  })

  it('is asked for where there is none', async () => {
    const { code, stderr } = await call(['runs'])
    expect(code).toBe(2)
    expect(stderr).toContain('--project FOLDER')
    expect(stderr).toContain('evenhand init FOLDER')
  })

  it('is not written by two processes at once', async () => {
    const server = startCommand(['serve', '--port', '0', '--project', project], { userDataFolder })
    await server.sees('stdout', 'Window:')
    const { code, stderr } = await run(['jobs', '--project', project])
    server.interrupt()
    expect((await server.finished).code).toBe(0)
    expect(code).toBe(4)
    expect(stderr).toMatch(/open/)
  })
})

describe('an old Node', () => {
  it('gets one clear line and 69 before anything is loaded that it cannot run', async () => {
    const pretend = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.20.2'})`
    const { code, stdout, stderr } = await runCommand(['runs'], {
      userDataFolder,
      nodeOptions: ['--import', pretend],
    })
    expect({ code, stdout }).toEqual({ code: 69, stdout: '' })
    expect(stderr).toMatch(/^Evenhand needs Node 24 or newer; this is Node 20\.20\.2\..*\n$/)
  })
})

/** Reads no picture before the file `released` stands beside the pictures' folder: what imports them is at it until then. */
const held = (pictures: string): readonly string[] => [
  '--import',
  `data:text/javascript,${encodeURIComponent(`
    import fs from 'node:fs'
    import { syncBuiltinESMExports } from 'node:module'
    import { setTimeout as delay } from 'node:timers/promises'
    const { open } = fs.promises
    fs.promises.open = async (path, ...rest) => {
      if (String(path).startsWith(${JSON.stringify(pictures)}))
        while (!fs.existsSync(${JSON.stringify(`${pictures}-released`)})) await delay(10)
      return open(path, ...rest)
    }
    syncBuiltinESMExports()
  `)}`,
]

describe('Ctrl-C', () => {
  it('cancels the job, says how to go on, ends with 130, and the same command then finishes the work', async () => {
    const pictures = join(folder.path, 'pictures')
    await drawLabelledPictures(pictures, 20)
    const argv = ['import', pictures, '--format', 'utkface', '--project', project]
    const importing = startCommand(argv, { userDataFolder, nodeOptions: held(pictures) })
    await importing.sees('stderr', 'Import pictures')
    importing.interrupt()
    await importing.sees('stderr', 'press Ctrl-C again')
    writeFileSync(`${pictures}-released`, '')
    const { code, stdout, stderr } = await importing.finished
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' })
    expect(stderr).toContain('Run the same command again')

    const jobs = jobSnapshot
      .array()
      .parse(JSON.parse((await call(['jobs', '--json', '--project', project])).stdout))
    expect(jobs[0]).toMatchObject({ kind: 'import', state: 'cancelled' })

    const again = await call([...argv, '--json'])
    const { imported, unchanged } = JSON.parse(again.stdout) as { imported: number; unchanged: number }
    expect(again.code).toBe(0)
    expect(imported + unchanged).toBe(20)
  })
})

describe('Ctrl-C twice', () => {
  it('ends at once with 130 as a shell sees it, and the project opens again', async () => {
    const pictures = join(folder.path, 'many')
    await drawLabelledPictures(pictures, 2)
    const argv = ['import', pictures, '--format', 'utkface', '--project', project]
    const importing = startCommand(argv, { userDataFolder, nodeOptions: held(pictures) })
    await importing.sees('stderr', 'Import many')
    importing.interrupt()
    await importing.sees('stderr', 'press Ctrl-C again')
    importing.interrupt()
    const { signal, stdout } = await importing.finished
    expect({ signal, stdout }).toEqual({ signal: 'SIGINT', stdout: '' })
    expect((await run(['jobs', '--project', project])).code).toBe(0)
  })
})

describe('import --undo newest', () => {
  it('takes back no earlier import where the newest brought nothing, and names it', async () => {
    const own = join(folder.path, 'undone')
    await call(['init', own])
    const pictures = join(folder.path, 'good')
    await drawLabelledPictures(pictures, 2)
    const bring = (source: string) => call(['import', source, '--format', 'utkface', '--project', own])
    await bring(pictures)
    await bring(pictures)
    const undo = ['import', '--undo', 'newest', '--project', own]
    const { code, stderr } = await call(undo)
    expect(code).not.toBe(0)
    expect(stderr).toMatch(/newest import, job 2 .* brought nothing .*evenhand import --undo 1/)
    expect((await call(['import', '--undo', '1', '--project', own])).stdout).toContain('2 images')
  })
})

describe('names', () => {
  it('cannot move the cursor of a terminal or break the line of a report', async () => {
    const pictures = join(folder.path, 'crafted')
    mkdirSync(pictures)
    writeFileSync(join(pictures, '1_0_0_a\n\u001B[2Kgone.jpg'), 'no image')
    const argv = ['import', pictures, '--format', 'utkface', '--name', 'a\u001B]0;b', '--project', project]
    const { stdout, stderr } = await call(argv)
    expect(stdout).toContain(String.raw`  1_0_0_a\n\x1b[2Kgone.jpg: The content is not an image`)
    expect(stderr).toContain(String.raw`Import a\x1b]0;b`)
    expect(stdout + stderr).not.toContain('\u001B')
  })
})

describe('progress', () => {
  it('goes to stderr in plain lines when that is no terminal', async () => {
    const pictures = join(folder.path, 'few')
    await drawLabelledPictures(pictures, 3)
    writeFileSync(join(pictures, '1_0_0_20170101.jpg'), 'a text file, whatever its name')
    const { code, stdout, stderr } = await run([
      'import',
      pictures,
      '--format',
      'utkface',
      '--project',
      project,
    ])
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /4 files seen, 3 imported, 0 unchanged, 0 labels repaired, 1 skipped\n {2}1_0_0_20170101\.jpg: /,
    )
    expect(stderr).toContain('Import few: ')
    expect(stderr).not.toContain('\u001B')
  })
})
