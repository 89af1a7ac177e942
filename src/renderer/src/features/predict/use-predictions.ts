import { useEffect, useRef, useState } from 'react'
import { describeError } from '#renderer/components/error-text.ts'
import { useHost } from '#renderer/engine/engine-context.tsx'
import type { ModelId } from '#shared/contract/base.contract.ts'
import { nameFile, type AskedFile } from './predict-files.ts'

/** Asks a model about one file after another; a new choice of files or of a model takes the place of the one before. */
export function usePredictions() {
  const host = useHost()
  const [files, setFiles] = useState<readonly AskedFile[]>([])
  const [isBusy, setIsBusy] = useState(false)
  const asking = useRef<AbortController | null>(null)
  useEffect(() => () => asking.current?.abort(), [])

  const ask = async (chosen: readonly File[], modelId: ModelId | null) => {
    asking.current?.abort()
    const abort = new AbortController()
    asking.current = abort
    setFiles(chosen.map((file) => ({ file, name: nameFile(file), response: null, failure: null })))
    setIsBusy(true)
    for (const [index, file] of chosen.entries()) {
      const answer = await host
        .predict(file, nameFile(file), { modelId, signal: abort.signal, faces: 'each' })
        .then((response) => ({ response, failure: null }))
        .catch((error: unknown) => ({ response: null, failure: describeError(error).message }))
      // What is asked now belongs to another choice.
      if (abort.signal.aborted) return
      setFiles((before) => before.map((one, at) => (at === index ? { ...one, ...answer } : one)))
    }
    setIsBusy(false)
  }
  const stop = () => {
    asking.current?.abort()
    setIsBusy(false)
  }
  return {
    files,
    isBusy,
    ask: (chosen: readonly File[], modelId: ModelId | null) => void ask(chosen, modelId),
    stop,
  }
}
