import { useEffect, useRef, useState } from 'react'

/** A picture where the window can show it. */
export interface ShownImage {
  readonly name: string
  readonly url: string
}

export interface PickedImage extends ShownImage {
  readonly file: File
  /** Address of the bytes in memory, valid until another image is picked or the screen is left. */
  readonly url: string
}

/** The image under prediction, with its address given back when it is no longer shown. */
export function usePickedImage(): [PickedImage | null, (file: File) => void] {
  const [picked, setPicked] = useState<PickedImage | null>(null)
  const shownUrl = useRef<string | null>(null)
  const pick = (file: File) => {
    if (shownUrl.current !== null) URL.revokeObjectURL(shownUrl.current)
    shownUrl.current = URL.createObjectURL(file)
    setPicked({ file, name: file.name, url: shownUrl.current })
  }
  useEffect(
    () => () => {
      if (shownUrl.current !== null) URL.revokeObjectURL(shownUrl.current)
    },
    [],
  )
  return [picked, pick]
}
