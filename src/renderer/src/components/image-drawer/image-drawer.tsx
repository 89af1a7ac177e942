import { ActionIcon, Button, Skeleton, Tooltip } from '@mantine/core'
import { IconEraser, IconX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { formatCount } from '#shared/domain/format.ts'
import { HashText } from '../hash-text.tsx'
import { ScrollRegion } from '../scroll-region.tsx'
import { ErrorState } from '../states.tsx'
import { partTitles } from '../task-words.ts'
import { useApi, useHost } from '#renderer/engine/engine-context.tsx'
import type { ImageDetail } from '#shared/contract/image.contract.ts'
import styles from './image-drawer.module.css'
import { Findings } from './image-findings.tsx'
import { History } from './image-history.tsx'
import { Neighbours } from './image-neighbours.tsx'
import { describeFile, describeLabelRecords } from './detail-view.ts'
import { describeLabels } from '../tile-words.ts'

export interface ImageDrawerProps {
  readonly imageId: number
  readonly onClose: () => void
  readonly onOpen: (imageId: number) => void
  readonly onShowIdentity: (identityId: ImageDetailIdentity['id']) => void
  /** Without it the drawer offers no erasure. */
  readonly onErase?: ((imageId: ImageDetail['id']) => void) | undefined
}

const statusWords = { kept: 'Kept', removed: 'Removed from the data' } as const

type ImageDetailIdentity = NonNullable<ImageDetail['identity']>

/** One image with everything known about it. */
export function ImageDrawer({ imageId, onClose, onErase, ...shown }: ImageDrawerProps) {
  const api = useApi()
  const image = useQuery(api.image.get.queryOptions({ input: { imageId } }))
  return (
    <aside className={styles['drawer']} aria-label={`Image ${imageId}`}>
      <header className={styles['head']}>
        <h2>Image {imageId}</h2>
        <Tooltip label="Close (Esc)">
          <ActionIcon aria-label="Close the detail" onClick={onClose}>
            <IconX size={16} />
          </ActionIcon>
        </Tooltip>
      </header>
      <ScrollRegion label="Image detail" className={styles['body']}>
        {image.error !== null && <ErrorState error={image.error} compact />}
        {image.isPending && (
          <>
            <Skeleton h={286} mb={16} radius={0} />
            <Skeleton h={120} mb={16} />
            <Skeleton h={80} />
          </>
        )}
        {image.data !== undefined && (
          <>
            <Detail image={image.data} {...shown} />
            {onErase !== undefined && (
              <Button
                variant="subtle"
                color="red"
                size="compact-sm"
                leftSection={<IconEraser size={14} aria-hidden />}
                onClick={() => onErase(image.data.id)}
              >
                Erase this picture
              </Button>
            )}
          </>
        )}
      </ScrollRegion>
    </aside>
  )
}

interface DetailProps {
  readonly image: ImageDetail
  readonly onOpen: (imageId: number) => void
  readonly onShowIdentity: (identityId: ImageDetailIdentity['id']) => void
}

function Detail({ image, onOpen, onShowIdentity }: DetailProps) {
  const host = useHost()
  return (
    <>
      <div className={styles['large']}>
        <img src={host.imageUrl(image.id)} alt={`Number ${image.id}, ${describeLabels(image)}`} />
      </div>
      <p className={styles['file']}>
        <Link to="/catalogue" search={{ datasets: [image.dataset.id] }}>
          {image.dataset.name}
        </Link>
        <code>{image.path}</code>
        <Link to="/predict" search={{ image: image.id }}>
          What a model answers
        </Link>
      </p>

      {(image.status !== 'undecided' || image.isIdentitySuspect) && (
        <p className={styles['state']} data-status={image.status}>
          {[
            ...(image.status === 'undecided' ? [] : [statusWords[image.status]]),
            ...(image.isIdentitySuspect ? ['identity suspect'] : []),
          ].join(', ')}
        </p>
      )}

      <h3>Labels</h3>
      <ul className={styles['labels']}>
        {describeLabelRecords(image.labels).map((line) => (
          <li key={`${line.task} ${line.value} ${line.provenance}`}>
            <span className={styles['term']}>{line.task}</span>
            <strong>{line.value}</strong>
            <span className={styles['provenance']}>{line.provenance}</span>
          </li>
        ))}
        {image.labels.length === 0 && (
          <li className={styles['provenance']}>No labels were found for this image.</li>
        )}
      </ul>

      <Findings imageId={image.id} />
      <Neighbours imageId={image.id} onOpen={onOpen} />

      <h3>File</h3>
      <dl className={styles['facts']}>
        {describeFile(image).map(({ term, value }) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        <div>
          <dt>SHA-256 of file</dt>
          <dd>
            <HashText hash={image.fileSha256} of="the file" />
          </dd>
        </div>
        <div>
          <dt>SHA-256 of pixels</dt>
          <dd>
            <HashText hash={image.pixelSha256} of="the pixels" />
          </dd>
        </div>
      </dl>

      <h3>Belongs to</h3>
      <Belonging image={image} onOpen={onOpen} onShowIdentity={onShowIdentity} />
      <History imageId={image.id} />
    </>
  )
}

function Belonging({ image, onOpen, onShowIdentity }: DetailProps) {
  const { identity } = image
  return (
    <dl className={styles['facts']}>
      <div>
        <dt>Identity</dt>
        <dd>
          {identity === null ? (
            'not known'
          ) : (
            <button type="button" className={styles['link']} onClick={() => onShowIdentity(identity.id)}>
              {identity.name}, {formatCount(identity.images)} {identity.images === 1 ? 'image' : 'images'}
            </button>
          )}
        </dd>
      </div>
      <div>
        <dt>Identical pixels</dt>
        <dd>
          {image.identicalImages.length === 0
            ? 'no other image'
            : image.identicalImages.map((id) => (
                <button key={id} type="button" className={styles['link']} onClick={() => onOpen(id)}>
                  {id}
                </button>
              ))}
        </dd>
      </div>
      <div>
        <dt>Split parts</dt>
        <dd>
          {image.parts.length === 0
            ? 'in no split'
            : image.parts.map(({ splitId, split, part }) => (
                <Link key={splitId} to="/splits" search={{ split: splitId }}>
                  {partTitles[part]} of {split}
                </Link>
              ))}
        </dd>
      </div>
    </dl>
  )
}
