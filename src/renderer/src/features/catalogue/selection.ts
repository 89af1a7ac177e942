import type { ImageId } from '#shared/contract/base.contract.ts'

/** An image as the window has seen it; the revision is sent back with a decision. */
export interface SeenImage {
  readonly id: ImageId
  readonly revision: number
}

/** What actions are about: some images, or all that the query gives. */
export type Selection =
  { readonly kind: 'some'; readonly images: ReadonlyMap<ImageId, SeenImage> } | { readonly kind: 'all' }

export const nothing: Selection = { kind: 'some', images: new Map() }

export const selectSome = (images: readonly SeenImage[]): Selection => ({
  kind: 'some',
  images: new Map(images.map((image) => [image.id, image])),
})

/** A Ctrl-click, or a blank: adds the image or takes it away. After "all" the selection starts anew. */
export function toggleImage(selection: Selection, image: SeenImage): Selection {
  if (selection.kind === 'all') return selectSome([image])
  const images = new Map(selection.images)
  if (!images.delete(image.id)) images.set(image.id, image)
  return { kind: 'some', images }
}

/** A Shift-click with Ctrl adds a stretch to what is selected. */
export function addImages(selection: Selection, added: readonly SeenImage[]): Selection {
  if (selection.kind === 'all') return selection
  const images = new Map(selection.images)
  for (const image of added) images.set(image.id, image)
  return { kind: 'some', images }
}

export const isSelected = (selection: Selection, id: ImageId): boolean =>
  selection.kind === 'all' || selection.images.has(id)

export const countSelected = (selection: Selection, total: number): number =>
  selection.kind === 'all' ? total : selection.images.size
