// Everything that a page may do in the browser besides htmx. Loaded in <head>, blocking: it sets the
// theme before the first paint. Pages work without it; elements that need it carry `js-only`.
(() => {
  'use strict';
  const root = document.documentElement;
  root.classList.add('js');

  // ---- theme: system, light or dark. In a cookie, so that the server writes <html class="dark"> itself.
  const media = matchMedia('(prefers-color-scheme: dark)');
  const theme = () => (document.cookie.match(/(?:^|; )theme=(light|dark)/) || [])[1] || 'system';
  const paint = () => root.classList.toggle('dark', theme() === 'dark' || (theme() === 'system' && media.matches));
  const markTheme = () => document.querySelectorAll('[data-theme-set]').forEach((button) =>
    button.setAttribute('aria-pressed', String(button.dataset.themeSet === theme())));
  const setTheme = (name) => {
    const secure = location.protocol === 'https:' ? '; secure' : '';
    document.cookie = `theme=${name}; path=/; max-age=31536000; samesite=lax${secure}`;
    paint();
    markTheme();
  };
  paint();
  media.addEventListener('change', paint);

  // ---- what screen readers are told: #live is a polite status
  const say = (text) => {
    const live = document.getElementById('live');
    if (!live) return;
    live.textContent = '';
    setTimeout(() => { live.textContent = text; }, 50);
  };

  // ---- <button data-copy="#id"> copies the value or text of #id; its [data-label] says so
  const copy = async (button) => {
    const source = document.querySelector(button.dataset.copy);
    if (!source) return;
    try {
      await navigator.clipboard.writeText('value' in source ? source.value : source.textContent.trim());
    } catch {
      if (source.select) source.select();
      else getSelection().selectAllChildren(source);
      if (!document.execCommand('copy')) {
        say('Press Ctrl+C to copy.');
        return;
      }
    }
    const label = button.querySelector('[data-label]');
    if (label) {
      button.dataset.was ??= label.textContent;
      label.textContent = 'Copied';
      setTimeout(() => { label.textContent = button.dataset.was; }, 2000);
    }
    say('Copied to the clipboard.');
  };

  // ---- dialogs: native invoker commands, done by hand in browsers that lack them
  const invoke = (button) => {
    if ('commandForElement' in HTMLButtonElement.prototype) return;
    const dialog = document.getElementById(button.getAttribute('commandfor'));
    if (button.getAttribute('command') === 'show-modal') dialog?.showModal();
    if (button.getAttribute('command') === 'close') dialog?.close();
  };
  // A dialog that the server wants open comes with data-open.
  const openDialogs = () => document.querySelectorAll('dialog[data-open]:not([open])').forEach((dialog) => {
    dialog.removeAttribute('data-open');
    // Nobody is signed in any more: what was typed stays, passwords do not.
    document.querySelectorAll('#main input[type=password]').forEach((field) => { field.value = ''; });
    dialog.showModal();
  });

  document.addEventListener('click', (event) => {
    // These two hold nothing that could be lost, so a click beside them closes them.
    if (event.target.matches('#palette, #shortcuts')) event.target.close();
    const button = event.target.closest('[data-copy], [data-theme-set], [data-dismiss], [data-palette], [commandfor]');
    if (!button) return;
    if (button.dataset.copy) copy(button);
    if (button.dataset.themeSet) {
      event.preventDefault();
      setTheme(button.dataset.themeSet);
    }
    if ('dismiss' in button.dataset) button.closest('.toast')?.close?.();
    if ('palette' in button.dataset && openPalette()) event.preventDefault();
    if (button.hasAttribute('commandfor')) invoke(button);
  });

  // ---- lists: select all rows, and say how many are selected
  document.addEventListener('change', (event) => {
    const box = event.target;
    if (!box.matches?.('[data-check-all], input[name=ids]') || !box.form) return;
    const boxes = [...box.form.elements].filter((b) => b.name === 'ids' && b.type === 'checkbox');
    if (box.matches('[data-check-all]')) boxes.forEach((b) => { b.checked = box.checked; });
    const on = boxes.filter((b) => b.checked).length;
    const all = box.form.querySelector('[data-check-all]');
    if (all) {
      all.checked = on === boxes.length;
      all.indeterminate = on > 0 && on < boxes.length;
    }
    say(`${on} selected`);
  });

  // ---- permission picker: <input data-filter="#picker"> shows the rows that match. Apps whose rows come
  // later (details[data-lazy]) are opened, which loads them; the filter runs again when they are there.
  const filter = (box) => {
    const query = box.value.trim().toLowerCase();
    document.querySelectorAll(`${box.dataset.filter} .perm-app`).forEach((app) => {
      const details = app.querySelector('details');
      const name = app.querySelector('summary').textContent.toLowerCase();
      const rows = [...app.querySelectorAll('.perm')];
      rows.forEach((row) => {
        const codes = [...row.querySelectorAll('input')].map((input) => input.value).join(' ');
        row.hidden = !`${name} ${row.textContent} ${codes}`.toLowerCase().includes(query);
      });
      const isLoaded = rows.length > 0 || !('lazy' in details.dataset);
      app.hidden = query !== '' && isLoaded && rows.every((row) => row.hidden) && !name.includes(query);
      if (query && !app.hidden) {
        details.dataset.was ??= String(details.open);
        details.open = true;
      } else if (!query && details.dataset.was) {
        details.open = details.dataset.was === 'true';
        delete details.dataset.was;
      }
    });
  };
  const filterAgain = () => document.querySelectorAll('[data-filter]').forEach((box) => {
    if (box.value.trim()) filter(box);
  });

  // ---- times: the moment in the reader's own zone, beside the UTC that everything is in
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const local = (date) => new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' }).format(date);
  const isElsewhere = (date) => date.getTimezoneOffset() !== 0;
  // <time datetime> gets it in its title; an empty <time data-local datetime> shows it.
  const localTimes = () => document.querySelectorAll('time[datetime]:not([data-told])').forEach((time) => {
    const date = new Date(time.dateTime);
    time.dataset.told = '';
    if (Number.isNaN(date.getTime()) || !isElsewhere(date)) return;
    if ('local' in time.dataset && !time.textContent.trim()) time.textContent = `${local(date)} in ${zone}`;
    else if (time.title) time.title += ` (${local(date)} in ${zone})`;
  });
  // <input type=datetime-local data-utc> is typed in UTC; its help says what that is here.
  const echo = (input) => {
    const date = new Date(`${input.value}Z`);
    const isTold = !Number.isNaN(date.getTime()) && isElsewhere(date);
    note(input, 'local', isTold ? `${local(date)} in ${zone}.` : '');
  };

  // A sentence of ours below a field. Empty: none.
  const note = (control, kind, text) => {
    const id = `${control.id}-${kind}`;
    let line = document.getElementById(id);
    if (!line) {
      if (!text) return;
      line = document.createElement('p');
      line.id = id;
      line.setAttribute('aria-live', 'polite');
      control.closest('.field')?.append(line);
    }
    line.textContent = text;
    line.hidden = !text;
  };

  // ---- <textarea data-json>: whether it is JSON, while one types
  const checkJson = (area) => {
    let fault = '';
    try {
      if (area.value.trim()) JSON.parse(area.value);
    } catch (error) {
      fault = `This is not JSON yet: ${error.message}.`;
    }
    area.setCustomValidity(fault);
    if (fault) area.setAttribute('aria-invalid', 'true');
    else area.removeAttribute('aria-invalid');
    note(area, 'json', fault);
  };

  document.addEventListener('input', (event) => {
    const control = event.target;
    if (control.matches?.('[data-filter]')) filter(control);
    if (control.matches?.('textarea[data-json]')) checkJson(control);
    if (control.matches?.('input[data-utc]')) echo(control);
  });
  document.addEventListener('keydown', (event) => {
    // Enter in the filter would press the first button of the form around it.
    if (event.key === 'Enter' && event.target.matches?.('[data-filter]')) event.preventDefault();
  });

  // ---- command palette: Ctrl-K, or "/" where the page has no search of its own. Links are real links; the
  // arrows go from one to the next, Enter in the field follows the first.
  const openPalette = () => {
    const dialog = document.getElementById('palette');
    if (!dialog || document.querySelector('dialog[open]')) return false;
    dialog.showModal();
    const input = dialog.querySelector('input');
    input.select();
    input.dispatchEvent(new Event('input', { bubbles: true }));
    return true;
  };
  const paletteKey = (event) => {
    const dialog = event.target.closest?.('#palette[open]');
    if (!dialog) return false;
    const input = dialog.querySelector('input');
    const links = [...dialog.querySelectorAll('#palette-results a')];
    const at = links.indexOf(document.activeElement);
    if (event.key === 'ArrowDown') (links[at + 1] || links[0] || input).focus();
    else if (event.key === 'ArrowUp') (at > 0 ? links[at - 1] : at < 0 ? links[links.length - 1] || input : input).focus();
    else if (event.key === 'Enter' && event.target === input && links[0]) links[0].click();
    else if (event.key.length === 1 && at >= 0 && !event.ctrlKey && !event.metaKey && !event.altKey) return input.focus();
    else return false;
    event.preventDefault();
    return true;
  };

  // ---- the keyboard. Single letters work outside of fields and dialogs only, and can be switched off
  // (WCAG 2.1.4). They press links and buttons of the page: they add nothing that a pointer cannot do.
  const isTyping = (target) => target.closest?.(
    'input:not([type=checkbox], [type=radio]), textarea, select, dialog[open], [contenteditable]');
  const menuKey = (event) => {
    const menu = document.querySelector('.menu:popover-open');
    if (!menu || !['ArrowDown', 'ArrowUp', 'Home', 'End'].includes(event.key)) return false;
    const items = [...menu.querySelectorAll('a, button')];
    const at = items.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, Home: 0, End: -1 }[event.key];
    items[(to + items.length) % items.length]?.focus();
    event.preventDefault();
    return true;
  };
  let chord = 0;
  document.addEventListener('keydown', (event) => {
    if (event.isComposing || paletteKey(event) || menuKey(event)) return;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'k') {
      if (document.getElementById('palette')) event.preventDefault();
      openPalette();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || root.dataset.shortcuts === 'off' || isTyping(event.target)) return;
    if (chord && event.timeStamp - chord < 1200) {
      chord = 0;
      const link = document.querySelector(`a[data-go="${CSS.escape(event.key)}"]`);
      if (link) {
        event.preventDefault();
        link.click();
      }
      return;
    }
    if (event.key === 'g') {
      chord = event.timeStamp;
      return;
    }
    if (!['/', '?', 'n', 'e'].includes(event.key)) return;
    const element = document.querySelector(event.key === '?' ? '#shortcuts' : `[data-shortcut="${event.key}"]`);
    if (!element) {
      if (event.key === '/' && openPalette()) event.preventDefault();
      return;
    }
    event.preventDefault();
    if (element.matches('dialog')) element.showModal();
    else if (element.matches('input')) {
      element.focus();
      element.select();
    } else element.click();
  });

  // ---- what new content needs, on loading and after each swap
  const enhance = () => {
    openDialogs();
    markTheme();
    localTimes();
    document.querySelectorAll('input[data-utc]').forEach(echo);
  };
  const focusFirstError = () => document.querySelector('[data-focus-first] [aria-invalid=true]')?.focus();
  document.addEventListener('DOMContentLoaded', () => {
    enhance();
    focusFirstError();
  });
  document.addEventListener('htmx:after:swap', () => {
    enhance();
    focusFirstError();
    filterAgain();
    document.getElementById('unreachable')?.remove();
  });
  // A morph sets the attribute `checked`, which a box that was clicked does not look at any more.
  document.addEventListener('htmx:after:settle', (event) => {
    const { target, swapSpec } = event.detail.task;
    if (!swapSpec.style?.endsWith('Morph')) return;
    target.querySelectorAll('input[type=checkbox], input[type=radio]').forEach((box) => { box.checked = box.defaultChecked; });
  });
  // No answer came: said where the page begins, until one comes.
  document.addEventListener('htmx:error', (event) => {
    if (!event.detail.ctx || document.getElementById('unreachable')) return;
    const alert = document.createElement('div');
    Object.assign(alert, { id: 'unreachable', className: 'alert' });
    alert.dataset.tone = 'bad';
    alert.setAttribute('role', 'alert');
    const text = document.createElement('section');
    text.textContent = 'The server could not be reached. Nothing was saved. Try again in a moment.';
    alert.append(text);
    document.querySelector('main')?.prepend(alert);
  });
})();
