// Looks at the page that it stands in and tells what it found to the page around it; `pages.py` reads that.
(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const height = document.documentElement.scrollHeight;
  all("details").forEach((each) => { each.open = true; });
  const linear = (v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
  const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const parts = (colour) => { const n = colour.match(/[\d.]+/g).map(Number); return n.length > 3 ? n : [...n, 1]; };
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = parts(getComputedStyle(each).backgroundColor);
      if (colour[3] > 0) { return colour; }
    }
    return [255, 255, 255, 1];
  };
  const seen = (element) => element.getClientRects().length > 0;
  const lines = (element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    return new Set([...range.getClientRects()].filter((r) => r.width > 0).map((r) => Math.round(r.top))).size;
  };
  const own = (element) => [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  const texts = all("body *").filter((e) => !["SCRIPT", "STYLE"].includes(e.tagName) && own(e) && seen(e));
  const contrast = texts.map((element) => {
    const style = getComputedStyle(element), drawn = Boolean(element.closest("svg"));
    const fill = element.getAttribute("style") || "";
    if (drawn && /fill:/.test(fill) && !/currentColor/i.test(fill)) { return null; }  // on a cell of its own colour
    const both = [parts(style.color), ground(element)].map(luminance).sort((a, b) => b - a);
    return { text: element.textContent.trim().slice(0, 40), ratio: (both[0] + 0.05) / (both[1] + 0.05) };
  }).filter(Boolean);
  const width = document.documentElement.clientWidth;
  const inside = (element) => element.closest(".wide, .picture, pre, [popover]");
  const ids = all("[id]").map((e) => e.id);
  const result = {
    width, scrollWidth: document.documentElement.scrollWidth, height,
    wide: all("body *").filter((e) => !inside(e) && seen(e) && e.getBoundingClientRect().right > width + 1)
      .map((e) => e.outerHTML.slice(0, 80)).slice(0, 5),
    wrapped: all("td.number").filter((e) => seen(e) && lines(e) > 1).map((e) => e.textContent),
    unalike: all("td.number").filter((e) => getComputedStyle(e).textAlign !== "right").map((e) => e.textContent),
    contrast: contrast.filter((e) => e.ratio < 7), texts: texts.length,
    alts: all("svg[role=img]").map((e) => e.getAttribute("aria-label") || "")
      .concat(all("img").map((e) => e.alt || "")).concat(all("svg:not([role=img])").map(() => "")),
    doubleNames: [...new Set(ids.filter((id, i) => ids.indexOf(id) !== i))],
    brokenLinks: all("a[href^='#']").map((e) => decodeURIComponent(e.hash.slice(1)))
      .concat(all("[popovertarget]").map((e) => e.getAttribute("popovertarget")))
      .filter((id) => !document.getElementById(id)),
    answers: all(".answer").length,
    verdictFirst: all("main section")[0] === document.getElementById("verdict"),
  };
  parent.postMessage(JSON.stringify(result).replace(/</g, "\\u003c"), "*");
})();
