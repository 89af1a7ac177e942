import { readdir, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { Dirent } from 'node:fs'
import { openRegularFile } from '#engine/base/kernel/regular-file.ts'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'
import { sniffFormat } from '#engine/base/media/domain/sniff-format.ts'

/** Names that are meant as images, the refused kinds included, so that none goes without a word. */
const imageName = /\.(?:jpe?g|jpe|jfif|mpo|png|webp|gif|tiff?|avif|bmp|svgz?|hei[cf]|jp2|jxl|p[bgnp]m|psd)$/i
/** A format without a mark at its beginning. */
const targaName = /\.tga$/i
/** Of files that lie beside pictures by the thousand and are none: they are counted without a look. */
const otherName =
  /\.(?:txt|csv|tsv|json|jsonl|xml|ya?ml|md|html?|log|py|ipynb|m|mat|npy|npz|pkl|h5|pts|zip|tar|gz|tgz|7z|rar|pdf|docx?|xlsx?|db|sqlite|parquet|arrow|pth?|onnx|safetensors)$/i

export const imageExtensions = '.jpg, .jpeg, .png, .webp, .gif, .tif, .tiff and .avif'

export interface FoundImage {
  /** Relative to the walked folder, with `/` between names. */
  readonly path: string
  /** Why it cannot be imported, where its directory entry already tells; else null. */
  readonly refusal: string | null
}

/** Bytes that are no UTF-8 as `\xNN`, so that two such names stay two. */
function decodeName(bytes: Buffer): { name: string; isText: boolean } {
  const name = bytes.toString('utf8')
  if (Buffer.from(name, 'utf8').equals(bytes) && name.isWellFormed()) return { name, isText: true }
  const escaped = [...bytes].map((byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`,
  )
  return { name: escaped.join(''), isText: false }
}

interface Entry {
  readonly name: string
  readonly isText: boolean
  readonly entry: Dirent<Buffer>
}

async function listFolder(folder: string): Promise<Entry[]> {
  const entries = await readdir(folder, { withFileTypes: true, encoding: 'buffer' })
  const named = entries.map((entry) => ({ ...decodeName(entry.name), entry }))
  // By code units and not by locale: the order decides the ids, and must be the same on every machine.
  return named.sort((a, b) => (a.name < b.name ? -1 : 1))
}

async function judge(
  path: string,
  { name, isText, entry }: Entry,
): Promise<FoundImage['refusal'] | undefined> {
  if (targaName.test(name)) return 'It is a Targa image, which is not read: convert it to JPEG or PNG.'
  if (!imageName.test(name))
    return entry.isFile() && isText && !otherName.test(name) ? judgeContent(path) : undefined
  if (!entry.isFile()) return 'It is not a regular file. Remove it from the folder.'
  return isText ? null : 'Its name is not valid UTF-8. Rename it and import again.'
}

const headBytes = 1024

/** Pictures whose names do not say so, as downloads leave them ("a.jpg!d", "b.jpg%3Fw=200", or no ending at all). */
async function judgeContent(path: string): Promise<string | undefined> {
  try {
    await using handle = await openRegularFile(path)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0)
    const sniffed = sniffFormat(buffer.subarray(0, bytesRead))
    return sniffed.kind === 'raster'
      ? `Its content is a ${sniffed.format} picture, but its name does not say so. Let it end in .${sniffed.format} and import again.`
      : undefined
  } catch {
    // What cannot be read is no picture that was meant: it is counted with the other files.
    return undefined
  }
}

/** A link that is named as an image or leads to a folder, which may hold images, is told of; others are not meant. */
async function judgeLink(
  folder: string,
  { name, isText }: Entry,
  path: string,
): Promise<FoundImage['refusal'] | undefined> {
  const isFolder = isText && (await leadsToFolder(join(folder, path)))
  if (!isFolder && !imageName.test(name)) return undefined
  return 'It is a symbolic link, and links are not followed. Import the folder it leads to, or copy the file here.'
}

const leadsToFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    // A link that leads nowhere holds no images.
    () => false,
  )

export interface WalkOptions {
  readonly signal?: AbortSignal | undefined
  /** Told of each file that is no picture, by the ending of its name in lower case; `hidden` for a file or folder whose name begins with a dot. */
  readonly onOther?: (ending: string) => void
}

/**
 * Every file below a folder that is meant as an image, depth first, each folder by name. Hidden entries, such as the
 * caches and notes that systems leave, are counted alone; folders that cannot be read come as refusals. One folder's names are held at a time.
 * @throws AppError when the folder itself cannot be read.
 */
export async function* walkImages(
  folder: string,
  { signal, onOther }: WalkOptions = {},
): AsyncGenerator<FoundImage, void, void> {
  const walk = async function* (below: string): AsyncGenerator<FoundImage, void, void> {
    signal?.throwIfAborted()
    for (const item of await listFolder(join(folder, below))) {
      const path = below === '' ? item.name : `${below}/${item.name}`
      if (item.name.startsWith('.')) {
        onOther?.('hidden')
        continue
      }
      if (item.entry.isDirectory()) {
        if (item.isText) yield* walkOrRefuse(path)
        else
          yield { path, refusal: 'The name of this folder is not valid UTF-8. Rename it and import again.' }
        continue
      }
      const refusal = item.entry.isSymbolicLink()
        ? await judgeLink(folder, item, path)
        : await judge(join(folder, path), item)
      if (refusal !== undefined) yield { path, refusal }
      else onOther?.(extname(item.name).toLowerCase())
    }
  }
  const walkOrRefuse = async function* (path: string): AsyncGenerator<FoundImage, void, void> {
    const inside = walk(path)
    try {
      yield* inside
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : null
      if (code === null || !('syscall' in (error as object))) throw error
      yield { path, refusal: `The folder cannot be read (${code}). Give yourself access and import again.` }
    }
  }
  try {
    yield* walk('')
  } catch (error) {
    throw mapSystemError(error, { action: 'read', path: folder })
  }
}
