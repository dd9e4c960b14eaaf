import { printable } from '@verger/core';
import { type Html, html } from '@verger/report';
import type { RunActions } from '../run-actions.ts';
import { runAddress } from './run-address.ts';

/** An action's name in addresses. */
export type ActionName = keyof RunActions;

const WORDS: Record<ActionName, { title: string; what: string; button: string }> = {
  cancel: {
    title: 'Cancel run',
    what: 'Whoever works on it stops within seconds. What is committed is kept, and the run can be resumed.',
    button: 'Cancel the run',
  },
  resume: {
    title: 'Resume run',
    what: 'It is submitted again, to the workers, in a new epoch. What is committed is kept.',
    button: 'Resume the run',
  },
};

/** What is asked before an action is done. */
export interface ActionContext {
  readonly base: string;
  readonly action: ActionName;
  readonly id: string;
  readonly location: string;
  readonly place: string | undefined;
}

/** The title of an action's page. */
export function actionTitle(action: ActionName, id: string): string {
  return `${WORDS[action].title} ${id}`;
}

/** The body of the page that asks whether to do it. */
export function actionHtml({ base, action, id, location, place }: ActionContext): Html {
  const { what, button } = WORDS[action];
  const back = runAddress(base, id, place);
  return html`<h1>${actionTitle(action, id)}?</h1>
<p class="mono small">${printable(location)}</p>
<p>${what}</p>
<form class="actions" method="post" action="${base}/runs/${id}/${action}">
<input type="hidden" name="confirm" value="yes">
${place !== undefined && html`<input type="hidden" name="place" value="${place}">`}
<button class="${action === 'cancel' ? 'danger' : ''}">${button}</button>
<a class="button plain" href="${back}">Back</a>
</form>`;
}
