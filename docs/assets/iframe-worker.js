/* Pages that are opened as files may start no worker, and the search needs one: here it runs in a hidden frame. */
if (location.protocol === "file:") {
  const load = (view, url) =>
    new Promise((done, failed) => {
      const script = view.document.createElement("script")
      script.src = url
      script.onload = done
      script.onerror = failed
      view.document.body.append(script)
    })

  window.Worker = class extends EventTarget {
    constructor(url) {
      super()
      const frame = document.createElement("iframe")
      frame.hidden = true
      document.body.append(frame)
      this.view = frame.contentWindow
      this.view.postMessage = data => {
        const told = new MessageEvent("message", { data })
        this.dispatchEvent(told)
        if (this.onmessage) this.onmessage(told)
      }
      this.view.importScripts = (...urls) =>
        urls.reduce((before, next) => before.then(() => load(this.view, next)), Promise.resolve())
      this.ready = load(this.view, url)
    }

    postMessage(data) {
      // what is sent while the script loads waits for it
      this.ready.then(() => this.view.dispatchEvent(new this.view.MessageEvent("message", { data })))
    }
  }
}
