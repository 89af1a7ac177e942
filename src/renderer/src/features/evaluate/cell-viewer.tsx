import { ActionIcon, Modal } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react'
import { Link, useLocation, useNavigate, useRouter, useSearch } from '@tanstack/react-router'
import { formatCount } from '#shared/domain/format.ts'
import { useHost } from '#renderer/engine/engine-context.tsx'
import type { ImageId } from '#shared/contract/base.contract.ts'
import styles from './evaluate.module.css'
import { nameAnswer, type CellAnswer } from './evaluate-view.ts'

declare module '@tanstack/react-router' {
  interface HistoryState {
    /** The entry before shows the cell of the picture that is in view. */
    readonly isFromCell?: boolean
  }
}

export interface CellViewerProps {
  /** What the pictures were labelled and taken for. */
  readonly title: string
  readonly images: readonly (CellAnswer & { readonly imageId: ImageId })[]
}

/** One picture of a cell at its full size, where the address names one; steps go through the cell, and Back returns to it. */
export function CellViewer({ title, images }: CellViewerProps) {
  const host = useHost()
  const search = useSearch({ from: '/evaluate' })
  const navigate = useNavigate({ from: '/evaluate' })
  const { history } = useRouter()
  const isFromCell = useLocation({ select: ({ state }) => state.isFromCell === true })
  const index = images.findIndex(({ imageId }) => imageId === search.image)
  const shown = images[index]
  // Each step takes the place of the one before, so that one Back leads out again.
  const step = (by: 1 | -1) => {
    const next = images[index + by]
    if (shown !== undefined && next !== undefined)
      void navigate({ search: (before) => ({ ...before, image: next.imageId }), state: true, replace: true })
  }
  // An address that was opened as it is has no cell to go back to, and Back would leave the screen.
  const close = () => {
    if (isFromCell) history.back()
    else void navigate({ search: ({ image: _image, ...cell }) => cell, replace: true })
  }
  useHotkeys([
    ['ArrowLeft', () => step(-1)],
    ['ArrowRight', () => step(1)],
  ])
  return (
    <Modal
      opened={shown !== undefined}
      onClose={close}
      size="auto"
      title={`${title}: ${formatCount(index + 1)} of ${formatCount(images.length)}`}
    >
      {shown !== undefined && (
        <div className={styles['viewer']}>
          <ActionIcon aria-label="Previous image" disabled={index === 0} onClick={() => step(-1)}>
            <IconChevronLeft size={18} aria-hidden />
          </ActionIcon>
          <figure>
            <img src={host.imageUrl(shown.imageId)} alt={`Number ${shown.imageId}`} draggable={false} />
            <figcaption>
              <span>{nameAnswer(shown)}</span>
              <Link to="/catalogue" search={{ image: shown.imageId }}>
                Image {shown.imageId} in the catalogue
              </Link>
            </figcaption>
          </figure>
          <ActionIcon aria-label="Next image" disabled={index === images.length - 1} onClick={() => step(1)}>
            <IconChevronRight size={18} aria-hidden />
          </ActionIcon>
        </div>
      )}
    </Modal>
  )
}
