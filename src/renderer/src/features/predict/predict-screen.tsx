import { Button, NativeSelect } from '@mantine/core'
import { Dropzone } from '@mantine/dropzone'
import { IconPhotoPlus } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { NeedsProject } from '#renderer/components/screen.tsx'
import { EmptyState, ErrorState } from '#renderer/components/states.tsx'
import { useApi, useHost } from '#renderer/engine/engine-context.tsx'
import type { ModelId } from '#shared/contract/base.contract.ts'
import type { ModelSummary } from '#shared/contract/model.contract.ts'
import { orderModels } from '#shared/domain/order-models.ts'
import { PredictionPanel } from './prediction-panel.tsx'
import styles from './predict.module.css'
import { usePickedImage } from './use-picked-image.ts'

export function PredictScreen() {
  return (
    <NeedsProject>
      <Predict />
    </NeedsProject>
  )
}

function Predict() {
  const api = useApi()
  const navigate = useNavigate({ from: '/predict' })
  const models = useQuery(api.model.list.queryOptions())
  if (models.error !== null) return <ErrorState error={models.error} />
  if (models.isPending) return null
  if (models.data.length === 0) {
    return (
      <EmptyState
        text="Predicting needs a trained model."
        action={<Button onClick={() => void navigate({ to: '/train', search: {} })}>Train a model</Button>}
      />
    )
  }
  return <PredictWith models={orderModels(models.data)} />
}

function PredictWith({ models }: { readonly models: readonly ModelSummary[] }) {
  const host = useHost()
  const search = useSearch({ from: '/predict' })
  const navigate = useNavigate({ from: '/predict' })
  const openFileDialog = useRef<() => void>(null)
  const model = models.find((one) => one.id === search.model) ?? models[0]
  const predict = useMutation({
    mutationFn: (request: { file: File; modelId: ModelId | null }) =>
      host.predict(request.file, request.file.name, { modelId: request.modelId }),
  })
  const [picked, pick] = usePickedImage()
  const take = (files: readonly File[]) => {
    const [file] = files
    if (file === undefined) return
    pick(file)
    predict.mutate({ file, modelId: model?.id ?? null })
  }
  usePastedImage(take)

  const chooseModel = (chosen: ModelSummary | undefined) => {
    if (chosen === undefined) return
    void navigate({ search: { model: chosen.id }, replace: true })
    if (picked !== null) predict.mutate({ file: picked.file, modelId: chosen.id })
  }
  return (
    <div className={styles['screen']}>
      <div className={styles['bar']}>
        <NativeSelect
          aria-label="Model"
          value={model?.id}
          onChange={(event) =>
            chooseModel(models.find((one) => one.id === Number(event.currentTarget.value)))
          }
          data={models.map((one) => ({ value: String(one.id), label: one.name }))}
        />
        <Button variant="default" onClick={() => openFileDialog.current?.()}>
          Choose an image
        </Button>
        <span className={styles['hint']}>or drop or paste one; it is not stored</span>
      </div>
      <Dropzone
        openRef={openFileDialog}
        onDrop={take}
        multiple={false}
        activateOnClick={picked === null}
        enablePointerEvents
        maxSize={50 * 1024 * 1024}
        loading={predict.isPending}
        className={styles['drop']}
        data-filled={picked !== null || undefined}
        aria-label={
          picked === null ? 'Drop an image here, or press Enter to choose one' : 'Drop another image here'
        }
        inputProps={{ 'aria-label': 'Image file' }}
      >
        {picked === null ? (
          <div className={styles['invite']}>
            <IconPhotoPlus size={40} stroke={1.2} aria-hidden />
            <strong>Drop an image here</strong>
            <span>paste it, or click to choose a file</span>
          </div>
        ) : (
          <PredictionPanel image={picked} response={predict.data ?? null} error={predict.error} />
        )}
      </Dropzone>
    </div>
  )
}

/** Pasting works anywhere on the screen, so the document is listened to. */
function usePastedImage(onFiles: (files: readonly File[]) => void): void {
  const latest = useRef(onFiles)
  useEffect(() => {
    latest.current = onFiles
  })
  useEffect(() => {
    const receive = (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])]
      if (files.length > 0) latest.current(files)
    }
    document.addEventListener('paste', receive)
    return () => document.removeEventListener('paste', receive)
  }, [])
}
