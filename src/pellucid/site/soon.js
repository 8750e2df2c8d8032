// Has the browser bring at once what the page asks for first of the model that its address names, and nothing of another.
{
  const asked = new URLSearchParams(location.search).get('model')
  for (const file of new Map(SOON).get(asked ?? USUAL) ?? []) {
    const link = document.createElement('link')
    Object.assign(link, { rel: 'preload', as: 'fetch', crossOrigin: '', href: file })
    document.head.append(link)
  }
}
