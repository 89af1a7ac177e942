import { isAbsolute, relative } from 'node:path'
import {
  BrowserWindow,
  dialog,
  ipcMain,
  shell,
  type IpcMainInvokeEvent,
  type OpenDialogOptions,
} from 'electron'
import * as z from 'zod'
import { desktopChannels } from '#shared/contract/desktop-bridge.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { LocalClient } from '../local-client.ts'
import { isAllowedExternal, isTrustedFrame } from './trusted-frame.ts'

const path = z.string().min(1).max(4096).refine(isAbsolute, 'must be an absolute path')
const pickFolder = z.object({ title: z.string().max(200), from: path.optional() })
const pickFile = pickFolder.extend({
  extensions: z
    .array(z.string().regex(/^\w{1,10}$/))
    .max(20)
    .optional(),
})
const externalUrl = z
  .url()
  .max(2000)
  .refine(isAllowedExternal, 'is not on the list of addresses that may be opened')

interface NativeCallsDeps {
  readonly client: LocalClient
  readonly developmentUrl: string | null
}

/** The few things only the desktop can do; each checks who asks and what they ask for. */
export function handleNativeCalls({ client, developmentUrl }: NativeCallsDeps): void {
  const handle = <Input, Output>(
    channel: string,
    schema: z.ZodType<Input>,
    answer: (input: Input, event: IpcMainInvokeEvent) => Promise<Output>,
  ) => {
    ipcMain.handle(channel, async (event, input: unknown) => {
      if (!isTrustedFrame(event.senderFrame, developmentUrl))
        throw new Error('Refused: not the window of Evenhand')
      return answer(schema.parse(input), event)
    })
  }

  handle(desktopChannels.pickFolder, pickFolder, ({ title, from }, event) =>
    pick(event, { title, ...startIn(from), properties: ['openDirectory', 'createDirectory'] }),
  )
  handle(desktopChannels.pickFile, pickFile, ({ title, from, extensions }, event) => {
    const filters = extensions === undefined ? {} : { filters: [{ name: title, extensions }] }
    return pick(event, { title, ...startIn(from), ...filters, properties: ['openFile'] })
  })
  handle(desktopChannels.revealPath, path, async (wanted) => {
    const roots = await listKnownFolders(client)
    if (!roots.some((root) => isInside(root, wanted))) {
      throw new AppError('INVALID_INPUT', `${wanted} is not in the project or in one of its data sets.`)
    }
    shell.showItemInFolder(wanted)
  })
  handle(desktopChannels.openExternal, externalUrl, (url) => shell.openExternal(url))
}

const startIn = (from: string | undefined): OpenDialogOptions =>
  from === undefined ? {} : { defaultPath: from }

async function pick({ sender }: IpcMainInvokeEvent, options: OpenDialogOptions): Promise<string | null> {
  const window = BrowserWindow.fromWebContents(sender)
  const { filePaths } =
    window === null ? await dialog.showOpenDialog(options) : await dialog.showOpenDialog(window, options)
  return filePaths[0] ?? null
}

async function listKnownFolders(client: LocalClient): Promise<string[]> {
  const project = await client.project.current()
  if (project === null) return []
  const datasets = await client.dataset.list()
  return [project.folder, ...datasets.map(({ source }) => source)]
}

function isInside(root: string, wanted: string): boolean {
  const way = relative(root, wanted)
  return way === '' || (!way.startsWith('..') && !isAbsolute(way))
}
