import type { ViewHandlerReturnType } from '@bull-board/api/typings/app';
import { escapeHtml } from '@verger/report';

/** A stylesheet or font of another server: Bull Board's page links one of Google. */
const FOREIGN_LINK = /<link\b[^>]*\bhref="https?:[^>]*>\s*/gi;

/**
 * Bull Board's page from its template, with nothing that is loaded from another server. Errors: a plain one
 * for a template that says more than `<%= name %>` and `<%- name %>`.
 */
export function renderIndex(template: string, params: ViewHandlerReturnType['params']): string {
  const page = template
    .replace(FOREIGN_LINK, '')
    .replace(/<%([=-])\s*(\w+)\s*%>/g, (_tag, kind: string, name: string) => {
      const value = params[name] ?? '';
      return kind === '=' ? escapeHtml(value) : value;
    });
  if (page.replace(params['uiConfig'] ?? '', '').includes('<%')) {
    throw new Error('The page of Bull Board has a tag that is not known.');
  }
  return page;
}
