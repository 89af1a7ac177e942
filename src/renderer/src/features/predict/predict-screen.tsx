import { Button, NativeSelect } from '@mantine/core'
import { Dropzone } from '@mantine/dropzone'
import { IconDownload, IconPhotoPlus } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { downloadText } from '#renderer/components/plot/download.ts'
import { toCsv } from '#renderer/components/plot/plot-figure.ts'
import { NeedsProject } from '#renderer/components/screen.tsx'
import { EmptyState, ErrorState } from '#renderer/components/states.tsx'
import { useApi, useHost } from '#renderer/engine/engine-context.tsx'
import { imageId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { ModelSummary } from '#shared/contract/model.contract.ts'
import { orderModels } from '#shared/domain/order-models.ts'
import { CataloguePrediction } from './catalogue-prediction.tsx'
import { ImageChoice } from './image-choice.tsx'
import { AskedFiles } from './asked-files.tsx'
import { choosePictures, describeAsked, explainText, tabulate } from './predict-files.ts'
import { PredictionPanel } from './prediction-panel.tsx'
import styles from './predict.module.css'
import { usePickedImage } from './use-picked-image.ts'
import { usePredictions } from './use-predictions.ts'

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
  const search = useSearch({ from: '/predict' })
  const navigate = useNavigate({ from: '/predict' })
  const openFileDialog = useRef<() => void>(null)
  const folderInput = useRef<HTMLInputElement>(null)
  const model = models.find((one) => one.id === search.model) ?? models[0]
  const beside = models.find((one) => one.id === search.beside && one.id !== model?.id) ?? null
  const host = useHost()
  const { files, isBusy, ask, stop } = usePredictions()
  const [picked, pick] = usePickedImage()
  const [note, setNote] = useState<string | null>(null)
  const take = (given: readonly File[]) => {
    const { pictures, leftOut } = choosePictures(given)
    setNote(leftOut)
    const [first] = pictures
    if (first === undefined) return
    pick(first)
    ask(pictures, model?.id ?? null)
    void navigate({ search: (before) => ({ ...before, image: undefined }), replace: true })
  }
  const refuseText = (text: string) => setNote(explainText(text))
  usePasted({ onFiles: take, onText: refuseText })

  const chooseModel = (chosen: ModelSummary | undefined) => {
    if (chosen === undefined) return
    void navigate({ search: (before) => ({ ...before, model: chosen.id }), replace: true })
    if (files.length > 0)
      ask(
        files.map(({ file }) => file),
        chosen.id,
      )
  }
  const asksImage = search.image === undefined ? null : imageId.parse(search.image)
  const shown = files.find(({ file }) => file === picked?.file)
  const save = () => downloadText(toCsv(tabulate(files)), { name: 'predictions.csv', type: 'text/csv' })
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
        {models.length > 1 && (
          <NativeSelect
            aria-label="Second model"
            value={beside === null ? '' : String(beside.id)}
            onChange={(event) => {
              const chosen = Number(event.currentTarget.value)
              void navigate({
                search: (before) => ({ ...before, beside: chosen === 0 ? undefined : chosen }),
                replace: true,
              })
            }}
            data={[
              { value: '', label: 'No second model' },
              ...models
                .filter((one) => one.id !== model?.id)
                .map((one) => ({ value: String(one.id), label: `Beside ${one.name}` })),
            ]}
          />
        )}
        <Button variant="default" onClick={() => openFileDialog.current?.()}>
          Choose images
        </Button>
        <Button variant="default" onClick={() => folderInput.current?.click()}>
          Choose a folder
        </Button>
        <ImageChoice
          key={search.image ?? 0}
          chosen={search.image ?? null}
          onChoose={(image) => void navigate({ search: (before) => ({ ...before, image }) })}
        />
        <input
          ref={folderInput}
          type="file"
          aria-label="Folder of images"
          hidden
          multiple
          {...{ webkitdirectory: '' }}
          onChange={(event) => take([...(event.currentTarget.files ?? [])])}
        />
        {files.length === 0 ? (
          <span className={styles['hint']}>or drop or paste some; none is stored</span>
        ) : (
          <>
            <output className={styles['hint']}>{describeAsked(files)}</output>
            {isBusy && files.length > 1 && (
              <Button variant="default" onClick={stop}>
                Stop
              </Button>
            )}
            <Button
              variant="default"
              leftSection={<IconDownload size={14} aria-hidden />}
              disabled={isBusy}
              onClick={save}
            >
              Save as CSV
            </Button>
          </>
        )}
      </div>
      {note !== null && (
        <p className={styles['note']} role="alert">
          {note}
        </p>
      )}
      {files.length > 1 && asksImage === null && (
        <AskedFiles files={files} shown={shown ?? null} onShow={(one) => pick(one.file)} />
      )}
      <Dropzone
        openRef={openFileDialog}
        onDrop={take}
        onReject={() => setNote('A picture of more than 50 MB is not taken. Make it smaller first.')}
        // A picture dragged out of a web page comes as its address.
        onDropCapture={(event) => {
          const text = event.dataTransfer.getData('text/plain')
          if (event.dataTransfer.files.length === 0 && text !== '') refuseText(text)
        }}
        multiple
        activateOnClick={picked === null && asksImage === null}
        enablePointerEvents
        maxSize={50 * 1024 * 1024}
        loading={isBusy && files.length === 1}
        className={styles['drop']}
        data-filled={picked !== null || asksImage !== null || undefined}
        aria-label={
          picked === null ? 'Drop images here, or press Enter to choose some' : 'Drop other images here'
        }
        inputProps={{ 'aria-label': 'Image file' }}
      >
        {asksImage !== null && model !== undefined ? (
          <CataloguePrediction key={asksImage} imageId={asksImage} model={model} beside={beside} />
        ) : picked === null || shown === undefined ? (
          <div className={styles['invite']}>
            <IconPhotoPlus size={40} stroke={1.2} aria-hidden />
            <strong>Drop images or a folder here</strong>
            <span>paste a picture, or click to choose files</span>
          </div>
        ) : (
          <PredictionPanel
            // Another picture has other faces.
            key={picked.url}
            image={picked}
            imageId={null}
            beside={beside}
            ask={(second, signal) =>
              host.predict(picked.file, picked.name, { modelId: second.id, signal, faces: 'each' })
            }
            response={shown.response}
            error={shown.failure === null ? null : new AppError('INVALID_INPUT', shown.failure)}
          />
        )}
      </Dropzone>
    </div>
  )
}

interface PastedHandlers {
  readonly onFiles: (files: readonly File[]) => void
  readonly onText: (text: string) => void
}

/** Pasting works anywhere on the screen, so the document is listened to. */
function usePasted(handlers: PastedHandlers): void {
  const latest = useRef(handlers)
  useEffect(() => {
    latest.current = handlers
  })
  useEffect(() => {
    const receive = (event: ClipboardEvent) => {
      // What is pasted into a field is meant for it.
      if (event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement) return
      const files = [...(event.clipboardData?.files ?? [])]
      const text = event.clipboardData?.getData('text/plain') ?? ''
      if (files.length > 0) latest.current.onFiles(files)
      else if (text !== '') latest.current.onText(text)
    }
    document.addEventListener('paste', receive)
    return () => document.removeEventListener('paste', receive)
  }, [])
}
