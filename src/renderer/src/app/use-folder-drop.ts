import { notifications } from '@mantine/notifications'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useEffectEvent } from 'react'
import type { DroppedFolder } from '#renderer/features/home/dropped-folder.ts'
import { useHost } from '#renderer/engine/engine-context.tsx'

const tell = (message: string) => notifications.show({ message })

/** A folder dropped anywhere on the window is previewed for an import; screens that take pictures take theirs first. */
export function useFolderDrop(hasProject: boolean): void {
  const { pathOfFile } = useHost()
  const navigate = useNavigate()
  const receive = useEffectEvent((event: DragEvent) => {
    if (event.defaultPrevented || event.dataTransfer === null || !holdsFiles(event.dataTransfer)) return
    // A browser would leave the window for the file.
    event.preventDefault()
    const { items, files } = event.dataTransfer
    const folders = [...items].flatMap((item, at) => {
      const entry = item.webkitGetAsEntry()
      const file = files[at]
      return entry?.isDirectory === true && file !== undefined ? [{ name: entry.name, file }] : []
    })
    const [folder] = folders
    if (folder === undefined) tell('Drop a folder of images to import it. Single images go to Predict.')
    else if (folders.length > 1) tell('Drop one folder at a time: each becomes a data set.')
    else if (!hasProject) tell('Open or make a project first, then drop the folder.')
    else {
      const path = pathOfFile?.(folder.file) ?? ''
      const dropped: DroppedFolder = {
        id: crypto.randomUUID(),
        name: folder.name,
        path: path === '' ? null : path,
      }
      void navigate({
        to: '/',
        search: { dialog: 'import' },
        state: (state) => ({ ...state, droppedFolder: dropped }),
      })
    }
  })
  useEffect(() => {
    const allow = (event: DragEvent) => {
      if (event.dataTransfer !== null && holdsFiles(event.dataTransfer)) event.preventDefault()
    }
    const take = (event: DragEvent) => receive(event)
    window.addEventListener('dragover', allow)
    window.addEventListener('drop', take)
    return () => {
      window.removeEventListener('dragover', allow)
      window.removeEventListener('drop', take)
    }
  }, [])
}

const holdsFiles = ({ types }: DataTransfer): boolean => types.includes('Files')
