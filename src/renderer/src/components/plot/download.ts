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
