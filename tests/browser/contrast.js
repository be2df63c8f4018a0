// Contrast as WCAG 2 defines it, over every text that a view shows.

/** Run in the page: texts whose contrast with what lies behind them is below AA, with the ratio. */
export function lowContrast() {
  const channel = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const colour = (text) => (/^rgba?\(([^)]+)\)$/.exec(text)?.[1] ?? '0,0,0,0').split(',').map(Number);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const [r, g, b, a = 1] = colour(getComputedStyle(at).backgroundColor);
      if (a === 1) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const low = [];
  let looked = 0;
  for (const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); walker.nextNode();) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !element.checkVisibility() || element.closest('noscript, option')) continue;
    if (element.matches(':disabled, :disabled *')) continue; // AA asks nothing of what cannot be used
    const style = getComputedStyle(element);
    if (parseFloat(style.fontSize) === 0) continue;
    const ink = element instanceof SVGElement ? style.fill : style.color;
    const [a, b] = [luminance(colour(ink)), luminance(behind(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
    looked += 1;
    if (ratio < (large ? 3 : 4.5)) low.push(`${ratio.toFixed(2)}: ${walker.currentNode.textContent.trim().slice(0, 40)} (${ink})`);
  }
  return { looked, low };
}
