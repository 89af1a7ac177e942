import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

/**
 * Paths that a call may name: of files and folders of every kind, and of none. All lie in `folder`.
 * @returns the paths, and what closes the socket among them.
 */
export async function makeOddPlaces(
  folder: string,
  project: string,
): Promise<{ readonly paths: readonly string[] } & AsyncDisposable> {
  mkdirSync(folder, { recursive: true })
  const at = (name: string): string => join(folder, name)
  mkdirSync(at('empty-folder'))
  mkdirSync(at('closed-folder'))
  mkdirSync(at('in/a/deep/folder'), { recursive: true })
  const texts: Readonly<Record<string, string>> = {
    'empty.csv': '',
    'labels.csv': 'file,race,gender,age\na.png,White,Male,20\nb.png,constructor,constructor,constructor\n',
    'decisions.csv': 'image,action\nx.png,constructor\nx.png,remove\n',
    'decisions.json': '{"samples":[{"filepath":"x.png","tags":["constructor","removed:toString"]}]}',
    'tasks.json': '[{"data":{"image":"x.png"},"annotations":[]}]',
    'broken.json': '{"samples":[',
    'not-a-database.sqlite': 'SQLite format 3\0 but no more',
    'name with\nnewline.csv': 'image,action\n',
    'weights.pth': '\u0080\u0002}q\u0000.',
    'model.onnx': '\u0008\u0009',
    'events.out.tfevents.1.x': '12345678',
    'picture.png': 'no picture',
  }
  for (const [name, content] of Object.entries(texts)) writeFileSync(at(name), content)
  writeFileSync(at('large.json'), '[')
  truncateSync(at('large.json'), 300 * 1024 * 1024)
  symlinkSync(at('circle'), at('circle'))
  symlinkSync(at('nowhere'), at('dangling'))
  const names = [
    ...Object.keys(texts),
    'empty-folder',
    'closed-folder',
    'in',
    'circle',
    'dangling',
    'new/file.csv',
  ]
  const server = createServer()
  if (process.platform !== 'win32') {
    execFileSync('mkfifo', [at('pipe')])
    chmodSync(at('closed-folder'), 0)
    await new Promise<void>((resolve) => server.listen(at('socket'), resolve))
    names.push('pipe', 'socket')
  }
  const paths = [
    ...names.map(at),
    at('large.json'),
    at('new.csv'),
    at('new.parquet'),
    at(`${'long'.repeat(80)}.csv`),
    at('in/../in/./a'),
    `${at('in')}/`,
    at('nul\0byte.csv'),
    at('\ud800.csv'),
    'relative.csv',
    '.',
    project,
    join(project, 'catalogue.sqlite'),
    join(project, 'models'),
  ]
  return {
    paths,
    [Symbol.asyncDispose]: async () => {
      if (process.platform === 'win32') return
      chmodSync(at('closed-folder'), 0o700)
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
