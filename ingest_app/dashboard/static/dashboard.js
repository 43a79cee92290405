/**
 * What the dashboard does beside its links and forms, all of which work without it: it changes pages
 * without a reload, renews what says so, tells of a chart under the pointer, knows keys, and light and
 * dark. The server draws everything; nothing is drawn here.
 */

const SYSTEMS_COLOURS = 'screen and (prefers-color-scheme: dark)';
const COLOURS_COOKIE = 'footfall_colours';
/** @type {Record<string, string>} */
const WINDOW_OF_KEY = { d: 'today', w: '7', m: '28' };

/** @param {URL} to */
const isPage = (to) => to.origin === location.origin && /^\/(embed|dashboard\/[a-z-]+)?$/.test(to.pathname);

/** The page that is shown, without what stands behind its #. */
const withoutHash = () => location.href.split('#')[0];
let shown = withoutHash();

/** @param {string | URL} from @param {AbortSignal} [signal] */
async function load(from, signal) {
    const answer = await fetch(from, { signal, headers: { Accept: 'text/html' } });
    // Whoever is signed out sees the form, and a mistake is shown as the server says it.
    if (!answer.ok || !isPage(new URL(answer.url))) throw new Error(`${answer.status}`);
    return new DOMParser().parseFromString(await answer.text(), 'text/html');
}

/**
 * Put a new part in the place of an old one. Who stands within it with the keyboard stays there.
 * @param {Element} old @param {Element} part
 */
function replace(old, part) {
    const held = document.activeElement;
    const isWithin = held instanceof HTMLElement && old.contains(held);
    const opened = [...old.querySelectorAll('details')].map((one) => one.open);
    old.replaceWith(document.adoptNode(part));
    [...part.querySelectorAll('details')].forEach((one, place) => { one.open = opened[place] ?? one.open; });
    if (!isWithin) return;
    const section = held.closest('[id]')?.id;
    const place = (section && document.getElementById(section)) || part;
    const same = [...place.querySelectorAll(held.tagName)].find(
        (one) => one.textContent === held.textContent && one.getAttribute('name') === held.getAttribute('name'),
    );
    if (same instanceof HTMLElement) same.focus({ preventScroll: true });
}

let going = new AbortController();

/**
 * Show a page without a reload; where that does not work, with one.
 * @param {URL} to @param {boolean} [isBack]
 */
async function show(to, isBack = false) {
    going.abort();
    going = new AbortController();
    const { signal } = going;
    document.querySelector('main')?.setAttribute('aria-busy', 'true');
    let page;
    try {
        page = await load(to, signal);
    } catch {
        if (!signal.aborted) location.assign(to);
        return;
    }
    if (signal.aborted) return;
    const isOther = new URL(shown).pathname !== to.pathname;
    if (!isBack) history.pushState(null, '', to);
    shown = withoutHash();
    document.title = page.title;
    hideTip();
    for (const name of ['header', 'main', 'footer']) {
        const [old, part] = [document.querySelector(name), page.querySelector(name)];
        if (old && part) replace(old, part);
    }
    if (isOther) {
        scrollTo(0, 0);
        const main = document.querySelector('main');
        if (main) main.tabIndex = -1;
        main?.focus({ preventScroll: true });
    }
}

addEventListener('click', (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest('[data-does=colours]')) changeColours();
    if (target?.closest('[data-does=keys]')) tellKeys();
    const link = target?.closest('a');
    if (!link || link.target || link.hasAttribute('download') || event.defaultPrevented) return;
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const to = new URL(link.href);
    // Within the page that is shown, the browser goes by itself.
    if (!isPage(to) || to.href.split('#')[0] === shown) return;
    event.preventDefault();
    show(to);
});

addEventListener('submit', (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.method !== 'get' || event.defaultPrevented) return;
    const to = new URL(form.action);
    const said = [...new FormData(form)].map(([name, value]) => [name, String(value)]);
    to.search = new URLSearchParams(said.filter(([, value]) => value)).toString();
    if (!isPage(to)) return;
    event.preventDefault();
    show(to);
});

addEventListener('popstate', () => {
    if (withoutHash() !== shown) show(new URL(location.href), true);
});

/** When a part that renews itself is due, by its id. @type {Map<string, number>} */
const due = new Map();

setInterval(() => {
    for (const part of document.querySelectorAll('[data-refresh][id]')) {
        const seconds = Number(part.getAttribute('data-refresh'));
        const at = due.get(part.id) ?? performance.now() + seconds * 1000;
        due.set(part.id, at);
        // Nobody looks, or its time has not come.
        if (!(seconds > 0) || document.hidden || performance.now() < at) continue;
        due.set(part.id, performance.now() + seconds * 1000);
        renew(part);
    }
}, 500);

/** @param {Element} part */
async function renew(part) {
    try {
        const page = await load(part.getAttribute('data-refresh-from') ?? shown);
        const fresh = page.getElementById(part.id);
        if (fresh && part.isConnected) replace(part, fresh);
    } catch {
        // What stands there stays, and is asked for anew when it is due.
    }
}

const tip = document.createElement('div');
tip.className = 'tip';
tip.hidden = true;
// The same stands in the table below the chart.
tip.setAttribute('aria-hidden', 'true');
document.body.append(tip);

function hideTip() {
    tip.hidden = true;
}

addEventListener('pointerover', (event) => {
    const point = event.target instanceof Element ? event.target.closest('.of-day') : null;
    if (!(point instanceof SVGElement)) return hideTip();
    const title = point.querySelector('title');
    if (title) {
        // The browser would show its own beside ours.
        point.dataset.told = title.textContent ?? '';
        title.remove();
    }
    tip.textContent = point.dataset.told ?? '';
    tip.hidden = !tip.textContent;
    const [room, own] = [point.getBoundingClientRect(), tip.getBoundingClientRect()];
    const left = room.left + room.width / 2 - own.width / 2;
    tip.style.left = `${Math.max(4, Math.min(left, document.documentElement.clientWidth - own.width - 4))}px`;
    tip.style.top = `${Math.max(4, room.top - own.height - 4)}px`;
});
addEventListener('scroll', hideTip, { passive: true });

let comparison = '';

addEventListener('keydown', (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    const keys = document.querySelector('dialog');
    // An open dialog closes by itself.
    if (keys?.open) return event.key === '?' ? keys.close() : undefined;
    const key = event.key.toLowerCase();
    if (key === 'escape') return clear(target);
    if (target?.closest('input, select, textarea')) return;
    if (key === '?') return tellKeys();
    if (!document.querySelector('.pickers')) return;
    const said = new URL(location.href).searchParams;
    if (key === '/') {
        event.preventDefault();
        search();
    } else if (key === 'x') {
        const isOff = said.get('compare') === 'none';
        if (!isOff) comparison = said.get('compare') ?? '';
        change({ compare: isOff ? comparison : 'none' });
    } else if (Object.hasOwn(WINDOW_OF_KEY, key)) {
        change({ window: WINDOW_OF_KEY[key], from: '', to: '', was: '' });
    }
});

/** Show the page with this changed in its address. @param {Record<string, string>} changes */
function change(changes) {
    const to = new URL(shown);
    for (const [name, value] of Object.entries(changes)) {
        if (value) to.searchParams.set(name, value);
        else to.searchParams.delete(name);
    }
    if (to.href !== shown) show(to);
}

/** @param {Element | null} target */
function clear(target) {
    hideTip();
    // It closes what a picker has opened.
    if (target?.closest('select, input:not([type=search])')) return;
    if (target instanceof HTMLInputElement) {
        target.value = '';
        target.blur();
    }
    change({ filter: '', search: '' });
}

/** Where there is nothing to search in, the list of pages has it. */
async function search() {
    const field = () => document.querySelector('main input[type=search]');
    const lists = 'a[href^="/dashboard/list?"]';
    const list = document.querySelector(`#pages ${lists}`) ?? document.querySelector(lists);
    if (!field() && list instanceof HTMLAnchorElement) await show(new URL(list.href));
    const found = field();
    if (found instanceof HTMLInputElement) found.focus();
}

function tellKeys() {
    document.querySelector('dialog')?.showModal();
}

/** The other of light and dark; kept until it is what the system says anyway. */
function changeColours() {
    const sheet = document.querySelector('#dark');
    if (!(sheet instanceof HTMLLinkElement)) return;
    const wanted = matchMedia(sheet.media).matches ? 'light' : 'dark';
    const systems = matchMedia(SYSTEMS_COLOURS).matches ? 'dark' : 'light';
    const isSystems = wanted === systems;
    sheet.media = isSystems ? SYSTEMS_COLOURS : wanted === 'dark' ? 'screen' : 'not all';
    const safe = location.protocol === 'https:' ? '; secure' : '';
    // By a cookie, for the server then draws the next page in these colours at once.
    document.cookie = `${COLOURS_COOKIE}=${wanted}; path=/; samesite=lax; max-age=${isSystems ? 0 : 31536000}${safe}`;
}

document.documentElement.classList.add('scripted');
