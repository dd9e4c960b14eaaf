import type { Page } from 'playwright-core';

/** Marks what can be used: what is visible, and takes the focus without a script's help. */
const MARK = `(() => {
  const all = document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]');
  const usable = [...all].filter((one) => !one.disabled && one.type !== 'hidden' && one.checkVisibility());
  usable.forEach((one, index) => one.setAttribute('data-use', String(index)));
  document.activeElement.blur();
  window.scrollTo(0, 0);
  return usable.length;
})()`;

/** The mark of what has the focus; with an end where nobody would see that it has. */
const FOCUSED = `(() => {
  const one = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(one);
  const seen = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1;
  return [one.getAttribute('data-use') ?? '', seen];
})()`;

/** What Tab does not come to on a page, or comes to unseen; empty where all is well. 5 ms a step. */
export async function unreached(page: Page): Promise<string[]> {
  const count = (await page.evaluate(MARK)) as number;
  const left = new Set(Array.from({ length: count }, (_, index) => String(index)));
  const unseen: string[] = [];
  for (let step = 0; step < count + 5 && left.size > 0; step += 1) {
    await page.keyboard.press('Tab');
    const [mark, seen] = (await page.evaluate(FOCUSED)) as [string, boolean];
    if (!seen && mark !== '') unseen.push(mark);
    left.delete(mark);
  }
  const html = async (mark: string) =>
    (await page.evaluate(
      `document.querySelector('[data-use="${mark}"]')?.outerHTML.slice(0, 160)`,
    )) as string;
  return [
    ...(await Promise.all([...left].map(async (mark) => `not reached: ${await html(mark)}`))),
    ...(await Promise.all(unseen.map(async (mark) => `no focus seen: ${await html(mark)}`))),
  ];
}
