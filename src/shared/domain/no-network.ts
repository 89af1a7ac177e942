/** Whether somebody gave an address of the web where a picture was wanted. */
export const isWebAddress = (text: string): boolean => /^\s*(?:https?|ftp|blob|data):/i.test(text)

/** Whether a path is an address, also one that was taken for a path below the working folder: `/home/ann/https:/a.org/faces`. */
export const isAddressPath = (path: string): boolean =>
  /(?:^\s*|[\\/])(?:https?|ftps?|s3|gs):[\\/]/i.test(path)

/** Why a path that is an address is not opened, and what to do. */
export const addressPathRefusal =
  'Evenhand opens no address: nothing is fetched from the network. Save what lies there on this machine, and name the file or folder.'

/** Why an address is not opened, and what to do. */
export const addressRefusal =
  'Evenhand opens no address: nothing is fetched from the network, and nothing of yours is told to it. Save the picture and give its file.'
