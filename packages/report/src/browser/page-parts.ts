/**
 * What makes the report a page: contents, copy buttons, printing, charts that are drawn when they are near.
 */
import { coloursChanged } from './elements.ts';

/** A chart that is not drawn yet. */
export interface LazyChart {
  readonly place: HTMLElement;
  mount(): unknown;
}

/** Draws each chart when it comes near the window; gives what draws all at once. */
export function whenNear(charts: readonly LazyChart[]): () => void {
  const waiting = new Map(charts.map((chart) => [chart.place as Element, chart]));
  const mount = (place: Element) => {
    const chart = waiting.get(place);
    waiting.delete(place);
    near.unobserve(place);
    chart?.mount();
  };
  const near = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) if (isIntersecting) mount(target);
    },
    { rootMargin: '600px' },
  );
  for (const { place } of charts) near.observe(place);
  return () => {
    for (const place of [...waiting.keys()]) mount(place);
  };
}

/**
 * Before printing: draws everything, in light colours, and opens what is closed; afterwards closes it again.
 */
export function makePrintable(drawAll: () => void): void {
  let opened: HTMLDetailsElement[] = [];
  addEventListener('beforeprint', () => {
    opened = [...document.querySelectorAll<HTMLDetailsElement>('main details:not([open])')];
    for (const details of opened) details.open = true;
    document.documentElement.classList.add('printing');
    drawAll();
    coloursChanged();
  });
  addEventListener('afterprint', () => {
    for (const details of opened) details.open = false;
    document.documentElement.classList.remove('printing');
    coloursChanged();
  });
}

/** Shows the buttons that copy a command or a piece of code. */
export function makeCopyButtons(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-copy]')) {
    const source = document.getElementById(button.dataset['copy'] ?? '');
    if (source === null) continue;
    button.hidden = false;
    button.addEventListener('click', () => copy(source, button));
  }
}

/** Copies a text; where the browser does not let it, selects it instead. */
function copy(source: HTMLElement, button: HTMLButtonElement): void {
  const say = (text: string) => {
    button.textContent = text;
    setTimeout(() => {
      button.textContent = 'Copy';
    }, 1500);
  };
  const select = () => {
    getSelection()?.selectAllChildren(source);
    say('Selected');
  };
  if (navigator.clipboard === undefined) select();
  else navigator.clipboard.writeText(source.textContent ?? '').then(() => say('Copied'), select);
}

/** On a narrow page the contents are closed at first. */
export function makeNarrowContents(): void {
  const contents = document.querySelector<HTMLDetailsElement>('.contents > details');
  if (contents !== null && matchMedia('(max-width: 64rem)').matches) contents.open = false;
}

/** Marks in the contents the section that is being read. */
export function markCurrentSection(): void {
  const links = new Map(
    [...document.querySelectorAll<HTMLAnchorElement>('.contents a')].map((link) => [
      link.hash.slice(1),
      link,
    ]),
  );
  const inView = new Set<string>();
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) inView.add(target.id);
        else inView.delete(target.id);
      }
      const current = [...links.keys()].find((id) => inView.has(id));
      if (current === undefined) return;
      for (const [id, link] of links) {
        if (id === current) link.setAttribute('aria-current', 'true');
        else link.removeAttribute('aria-current');
      }
    },
    // A section counts while it is in the upper third of the window.
    { rootMargin: '0px 0px -66% 0px' },
  );
  for (const id of links.keys()) {
    const section = document.getElementById(id);
    if (section !== null) observer.observe(section);
  }
}
