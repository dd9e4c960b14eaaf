import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderIndex } from './index-page.ts';

test('links to other servers are left out, values are escaped, the configuration stays as it is', () => {
  const template =
    '<base href="<%= basePath %>" />\n<link href="https://fonts.example/css?a=b&display=swap" rel="stylesheet">\n' +
    '<link href="static/main.css" rel="stylesheet"><script><%- uiConfig %></script>';
  const page = renderIndex(template, { basePath: '/"><b>/', uiConfig: '{"a":"<%x"}' });
  assert.equal(
    page,
    '<base href="/&quot;&gt;&lt;b&gt;/" />\n<link href="static/main.css" rel="stylesheet">' +
      '<script>{"a":"<%x"}</script>',
  );
});

test('a tag that is not known is an error, not an empty place', () => {
  assert.throws(() => renderIndex('<% if (x) { %>', {}), /not known/);
});
