/**
 * The clipboard. Browsers keep it for pages from this machine or over TLS, and for as long as the page is in front.
 */

/** Whether the text is in the clipboard now. */
export async function copyText(text: string): Promise<boolean> {
  if (!('clipboard' in navigator)) return false
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch (error) {
    if (error instanceof DOMException) return false
    throw error
  }
}
