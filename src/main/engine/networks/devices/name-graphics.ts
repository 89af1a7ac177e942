import { glob, readFile } from 'node:fs/promises'

async function readMatches(pattern: string): Promise<string[]> {
  const texts: string[] = []
  for await (const file of glob(pattern)) texts.push(await readFile(file, 'utf8').catch(() => ''))
  return texts
}

/** Linux: NVIDIA's own names, and driver and PCI number of everything else that can draw; an empty list elsewhere. */
export async function nameGraphics(platform: NodeJS.Platform): Promise<string[]> {
  if (platform !== 'linux') return []
  const named = (await readMatches('/proc/driver/nvidia/gpus/*/information')).flatMap((text) => {
    const model = /^Model:\s*(.+)$/m.exec(text)?.[1]
    return model === undefined ? [] : [model.trim()]
  })
  const others = (await readMatches('/sys/class/drm/card[0-9]/device/uevent')).flatMap((text) => {
    const driver = /^DRIVER=(.+)$/m.exec(text)?.[1]
    const id = /^PCI_ID=(.+)$/m.exec(text)?.[1]
    return driver === undefined || driver === 'nvidia' ? [] : [`${driver}${id === undefined ? '' : ` ${id}`}`]
  })
  return [...named, ...others]
}
