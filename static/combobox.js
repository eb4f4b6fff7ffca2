// <div data-combo="URL" data-text="Ada Lovelace"> around the plain input of a key: a search over what
// the key may point at. GET URL?q=… answers <div role="option" data-value="7">…</div>, one an entry;
// `aria-disabled` for one that cannot be chosen, such as "Nothing matches". Without script the key is
// typed. Keyboard and roles: the ARIA pattern of a combobox with a list.
(() => {
  'use strict';
  const say = (text) => {
    const live = document.getElementById('live');
    if (live) live.textContent = text;
  };

  const combo = (box) => {
    const plain = box.querySelector('input');
    if (!plain || 'ready' in box.dataset) return;
    box.dataset.ready = '';
    const search = plain.cloneNode();
    const list = document.createElement('div');
    const key = { value: plain.value, text: box.dataset.text || plain.value };
    ['name', 'step', 'min', 'max', 'inputmode', 'data-utc'].forEach((name) => search.removeAttribute(name));
    Object.entries({
      type: 'text', role: 'combobox', autocomplete: 'off', spellcheck: 'false', 'aria-autocomplete': 'list',
      'aria-expanded': 'false', 'aria-controls': `${plain.id}-list`,
    }).forEach(([name, value]) => search.setAttribute(name, value));
    search.value = key.text;
    list.id = `${plain.id}-list`;
    list.className = 'combo-list';
    list.setAttribute('role', 'listbox');
    list.setAttribute('aria-label', box.dataset.label || document.querySelector(`label[for="${CSS.escape(plain.id)}"]`)?.textContent.trim() || 'Suggestions');
    list.setAttribute('hx-sync', 'this:replace');
    plain.removeAttribute('id');
    plain.removeAttribute('aria-describedby');
    plain.type = 'hidden';
    box.append(search, list);

    // Over the page where the browser can tie it to the field; below the field otherwise.
    const floats = 'popover' in list && CSS.supports('position-area: block-end');
    if (floats) list.popover = 'manual';
    else list.hidden = true;
    const isOpen = () => search.getAttribute('aria-expanded') === 'true';
    const show = (open) => {
      if (open === isOpen()) return;
      if (!floats) list.hidden = !open;
      else if (open) list.showPopover({ source: search });
      else list.hidePopover();
      search.setAttribute('aria-expanded', String(open));
      if (!open) search.removeAttribute('aria-activedescendant');
    };
    const options = () => [...list.querySelectorAll('[role=option]:not([aria-disabled=true])')];
    const active = () => list.querySelector('[aria-selected=true]');
    const activate = (option) => {
      active()?.setAttribute('aria-selected', 'false');
      if (!option) return search.removeAttribute('aria-activedescendant');
      option.id ||= `${list.id}-${options().indexOf(option)}`;
      option.setAttribute('aria-selected', 'true');
      option.scrollIntoView({ block: 'nearest' });
      search.setAttribute('aria-activedescendant', option.id);
    };
    const choose = (value, text) => {
      const isNew = plain.value !== value;
      Object.assign(key, { value, text });
      plain.value = value;
      search.value = text;
      show(false);
      if (isNew) plain.dispatchEvent(new Event('change', { bubbles: true }));
    };
    const take = (option) => choose(option.dataset.value, (option.dataset.text || option.textContent).trim());
    let wait = 0;
    const ask = (query, delay) => {
      clearTimeout(wait);
      wait = setTimeout(async () => {
        const url = new URL(box.dataset.combo, location.href);
        url.searchParams.set('q', query);
        await htmx.ajax('GET', url.pathname + url.search, { source: list, target: list, swap: 'innerHTML' });
        if (document.activeElement !== search) return;
        options().forEach((option) => option.setAttribute('aria-selected', 'false'));
        search.removeAttribute('aria-activedescendant');
        show(true);
        say(options().length === 1 ? '1 entry' : `${options().length} entries`);
      }, delay);
    };

    search.addEventListener('input', () => ask(search.value.trim(), 200));
    search.addEventListener('click', () => { if (!isOpen()) ask('', 0); });
    search.addEventListener('keydown', (event) => {
      const all = options();
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        event.preventDefault();
        if (!isOpen()) return ask('', 0);
        const at = all.indexOf(active());
        activate(all[at < 0 && step < 0 ? all.length - 1 : (at + step + all.length) % all.length]);
      } else if (event.key === 'Enter' && isOpen()) {
        event.preventDefault();
        if (active()) take(active());
      } else if (event.key === 'Escape' && isOpen()) {
        event.preventDefault();
        event.stopPropagation();
        search.value = key.text;
        show(false);
      }
    });
    // The pointer must not take the focus away before the click is seen.
    list.addEventListener('mousedown', (event) => event.preventDefault());
    list.addEventListener('click', (event) => {
      const option = event.target.closest('[role=option]:not([aria-disabled=true])');
      if (option) take(option);
    });
    search.addEventListener('blur', () => {
      clearTimeout(wait);
      if (search.value.trim() === '' && key.value !== '') choose('', '');
      else search.value = key.text;
      show(false);
    });
  };

  const enhance = () => document.querySelectorAll('[data-combo]').forEach(combo);
  document.addEventListener('DOMContentLoaded', enhance);
  document.addEventListener('htmx:after:swap', enhance);
})();
