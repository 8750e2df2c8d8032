/**
 * A site that goes on without the network: a service worker, which lies beside the page, keeps all of its files once the page has been
 * loaded. Browsers have none where the connection is open to others; the page works there as well, as long as it has the network.
 */
export function keepForLater(): void {
  if (!('serviceWorker' in navigator)) return
  // A browser that refuses, as in some private windows, keeps nothing.
  navigator.serviceWorker.register('service-worker.js').catch(() => undefined)
}
