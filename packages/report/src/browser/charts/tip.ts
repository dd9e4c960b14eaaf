import { element } from '../elements.ts';

/** What is written beside the pointer, and told to a screen reader when the keyboard moved. */
export interface Tip {
  /** Shows lines near a place of `box`; the first one is strong. */
  show(lines: readonly string[], at: { x: number; y: number }): void;
  hide(): void;
  /** Says lines to a screen reader. */
  say(lines: readonly string[]): void;
}

/** Makes the tip of a chart. `box` must be positioned; the tip stays within its width. */
export function tipIn(box: HTMLElement): Tip {
  const tip = element('div', { class: 'tip', 'aria-hidden': 'true', hidden: true });
  const status = element('p', { class: 'unseen', role: 'status' });
  box.append(tip, status);
  return {
    show: (lines, { x, y }) => {
      tip.replaceChildren(...lines.map((line, at) => element(at === 0 ? 'strong' : 'span', { text: line })));
      tip.hidden = false;
      const { offsetWidth, offsetHeight } = tip;
      const left = Math.max(0, Math.min(x + 14, box.clientWidth - offsetWidth - 2));
      const above = y - offsetHeight - 12;
      tip.style.left = `${left}px`;
      tip.style.top = `${above >= 0 ? above : y + 18}px`;
    },
    hide: () => {
      tip.hidden = true;
    },
    say: (lines) => {
      status.textContent = lines.join('. ');
    },
  };
}
