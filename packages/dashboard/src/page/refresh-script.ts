/**
 * Fetches the page again now and then and replaces `<main>`, keeping focus, scroll and open details; stops in
 * a hidden tab and when the page no longer asks for it. What has `data-keep` stays, with all that scripts
 * have made of it; while a stream tells it what is new, the rest is fetched more rarely. Shows the buttons
 * that copy a command. Plain JavaScript for browsers, served as a file.
 */
export const REFRESH_SCRIPT = `'use strict';
(() => {
  const refreshed = document.getElementById('refreshed');
  const trouble = document.getElementById('trouble');
  const main = () => document.querySelector('main');
  const seconds = () => {
    const asked = Number(main().dataset.refresh || 0);
    const isTold = main().querySelector('[data-keep][data-connected]') !== null;
    return asked > 0 && isTold ? 30 : asked;
  };
  const say = (place, text) => {
    if (place !== null && place.textContent !== text) place.textContent = text;
  };
  let timer;
  let busy = false;

  const isBusyHere = () => {
    const active = document.activeElement;
    const typing = active !== null && /^(INPUT|SELECT|TEXTAREA)$/.test(active.tagName);
    const selection = document.getSelection();
    return typing || (selection !== null && !selection.isCollapsed);
  };

  const pathTo = (element) => {
    if (element === null || !main().contains(element) || element === main()) return null;
    if (element.id !== '') return '#' + CSS.escape(element.id);
    const href = element.getAttribute('href');
    return href === null ? null : 'a[href="' + CSS.escape(href) + '"]';
  };

  // The kept part is never taken out of the page: it would lose its focus and where it was scrolled to.
  const around = (old, kept, next, place) => {
    for (const child of [...old.childNodes]) if (child !== kept) child.remove();
    while (next.firstChild !== place) old.insertBefore(next.firstChild, kept);
    place.remove();
    old.append(...next.childNodes);
    if (next.dataset.refresh === undefined) delete old.dataset.refresh;
    else old.dataset.refresh = next.dataset.refresh;
  };

  const replace = (next) => {
    const old = main();
    const isKept = document.activeElement !== null && document.activeElement.closest('[data-keep]') !== null;
    const focused = isKept ? null : pathTo(document.activeElement);
    const open = new Map();
    for (const details of old.querySelectorAll('details[id]')) open.set(details.id, details.open);
    const scrolled = new Map();
    for (const box of old.querySelectorAll('.scroll[id]')) scrolled.set(box.id, [box.scrollLeft, box.scrollTop]);
    const at = [window.scrollX, window.scrollY];
    const kept = old.querySelector(':scope > [data-keep]');
    const place = kept === null ? null : next.querySelector(':scope > #' + CSS.escape(kept.id));
    if (place === null) old.replaceWith(next);
    else around(old, kept, next, place);
    for (const [id, is] of open) {
      const details = document.getElementById(id);
      if (details !== null) details.open = is;
    }
    for (const [id, [left, top]] of scrolled) {
      const box = document.getElementById(id);
      if (box !== null) box.scrollTo(left, top);
    }
    if (focused !== null) {
      const element = main().querySelector(focused);
      if (element !== null) element.focus({ preventScroll: true });
    }
    window.scrollTo(at[0], at[1]);
    showButtons();
  };

  const refresh = async () => {
    if (busy || document.hidden || seconds() === 0) return;
    if (isBusyHere()) return plan();
    busy = true;
    try {
      const answer = await fetch(location.href, { headers: { accept: 'text/html' }, cache: 'no-store' });
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const next = page.querySelector('main');
      if (answer.redirected || answer.status === 401) return location.reload();
      if (next === null || !answer.ok) throw new Error(String(answer.status));
      if (isBusyHere() === false) {
        replace(document.adoptNode(next));
        document.title = page.title;
      }
      // A page with a live part says there as of when it is.
      const isQuiet = seconds() === 0 || main().querySelector('[data-keep][data-on]') !== null;
      say(refreshed, isQuiet ? '' : 'Updated ' + new Date().toISOString().slice(11, 19) + ' UTC');
      say(trouble, '');
    } catch {
      say(trouble, 'The dashboard does not answer; this page may be out of date.');
    } finally {
      busy = false;
    }
    plan();
  };

  const plan = () => {
    clearTimeout(timer);
    if (seconds() > 0) timer = setTimeout(refresh, seconds() * 1000);
  };

  const showButtons = () => {
    if (!('clipboard' in navigator)) return;
    for (const button of document.querySelectorAll('button[data-copy]')) button.hidden = false;
  };

  document.addEventListener('click', (event) => {
    const button = event.target.closest && event.target.closest('button[data-copy]');
    if (!button) return;
    const source = document.getElementById(button.dataset.copy);
    navigator.clipboard.writeText(source.textContent).then(
      () => {
        button.textContent = 'Copied';
        setTimeout(() => { button.textContent = 'Copy'; }, 2000);
      },
      () => say(trouble, 'The browser does not allow copying.'),
    );
  });
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) refresh();
  });
  // The live part has seen something that the rest of the page should show.
  document.addEventListener('verger:refresh', refresh);
  showButtons();
  plan();
})();
`;
