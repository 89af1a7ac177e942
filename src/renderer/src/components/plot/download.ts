/** Hands a file to the person through the browser's own download. */
export function downloadUrl(url: string, name: string): void {
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
}

export function downloadText(text: string, options: { name: string; type: string }): void {
  const url = URL.createObjectURL(new Blob([text], { type: options.type }))
  downloadUrl(url, options.name)
  // The download has its own hold on the bytes once it has begun.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

/** An SVG picture as pixels, twice as many along each side as it names, for screens and papers that take no SVG. */
export async function downloadSvgAsPng(svg: string, name: string): Promise<void> {
  const image = new Image()
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = image.naturalWidth * 2
  canvas.height = image.naturalHeight * 2
  const context = canvas.getContext('2d')
  if (context === null) throw new Error('This window cannot draw pictures. Save it as SVG instead.')
  context.drawImage(image, 0, 0, canvas.width, canvas.height)
  const url = canvas.toDataURL('image/png')
  // What a canvas beyond the browser's limits gives in the place of a picture.
  if (url === 'data:,') throw new Error('The picture is too large for this window. Save it as SVG instead.')
  downloadUrl(url, name)
}
