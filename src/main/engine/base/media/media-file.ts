export interface MediaFile {
  readonly bytes: Uint8Array
  readonly contentType: string
  /** Strong validator; changes whenever the bytes do. */
  readonly etag: string
}
