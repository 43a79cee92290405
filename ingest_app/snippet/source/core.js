/**
 * The tracking snippet: page views, engagement and events of one page, sent to Footfall.
 *
 * It never throws into the page, never blocks it, and sets no cookie. Its second half, vitals.js, is
 * loaded when the page is idle. docs/snippet.md tells site owners what each attribute does. Every
 * byte of it is paid for by each visitor: numbers that are used once stand where they are used.
 */
(() => {
    /** @typedef {import('./types').Given} Given */
    /** @typedef {import('./types').Sent} Sent */
    /** @typedef {import('./types').View} View */

    const page = /** @type {import('./types').Page} */ (window);
    const early = page.footfall || /** @type {Partial<import('./types').Footfall>} */ ({});
    // One guard, before anything is patched: a second tag, or a router that runs scripts again.
    if (early.views) return;

    const doc = document;
    const here = location;
    const browser = page.navigator;
    const script = /** @type {HTMLScriptElement | null} */ (doc.currentScript);
    /** @type {Record<string, any>} */
    const options = { ...(script && script.dataset), ...page.footfallConfig };
    const says = (/** @type {string} */ name, /** @type {string} */ value) =>
        '' + options[name] === value;

    /**
     * The same function, but what goes wrong in it is no affair of the page.
     * @template {unknown[]} Arguments
     * @template Result
     * @param {(...given: Arguments) => Result} run
     */
    const safe =
        (run) =>
        (/** @type {Arguments} */ ...given) => {
            try {
                return run(...given);
            } catch {
                return;
            }
        };
    const listen = (
        /** @type {string} */ names,
        /** @type {(event: any) => unknown} */ handler,
        /** @type {EventTarget} */ target = page,
    ) => names.split(' ').map((name) => target.addEventListener(name, safe(handler), true));
    const bare = (/** @type {string} */ host) => host.replace(/^www\./, '');
    const isOwn = (/** @type {URL} */ url) => bare(url.hostname) === bare(here.hostname);

    const source = options.src || script?.src;
    const property = options.property || bare(here.hostname);
    const isOff =
        !(source || options.endpoint) ||
        !/^http/.test(here.protocol) ||
        ((browser.webdriver || /(^|\.)localhost$|^127\.|^\[::1/.test(here.hostname)) &&
            !says('test', 'true'));

    // Storage may be absent, full or forbidden: then a page visit remembers for itself alone.
    const storage = /** @type {Storage} */ (safe(() => localStorage)());
    const kept = /** @type {Storage} */ (says('storage', 'none') ? undefined : storage);
    /** @type {Record<string, any>} */
    const memory = {};
    const textOf = JSON.stringify;

    let isOut = false;
    // The wish not to be counted is kept also where nothing else is.
    const isAllowed = () =>
        !isOff &&
        !isOut &&
        !safe(() => storage.getItem('footfall.optout'))() &&
        (says('gpc', 'false') || !browser.globalPrivacyControl);

    const read = (/** @type {string} */ name) =>
        isAllowed() &&
        (memory[name] ||
            safe(() => JSON.parse(/** @type {string} */ (kept.getItem('footfall.' + name))))());
    const write = (/** @type {string} */ name, /** @type {any} */ value) => {
        if (isAllowed()) {
            memory[name] = value;
            safe(() => {
                kept.setItem('footfall.' + name, textOf(value));
                // Another tab may write it next.
                memory[name] = 0;
            })();
        }
        return value;
    };

    // Pages without TLS have no randomUUID, but the name of a blob ends in one.
    const uuid = () =>
        crypto.randomUUID?.() || URL.createObjectURL(new Blob()).slice(-36);
    const anonId = () => read('id') || write('id', uuid());

    /** @type {View[]} */
    const views = [];
    const none = /** @type {View} */ ({ event: /** @type {View['event']} */ ({ utm: {} }) });
    let view = none;

    /** @type {Sent[]} */
    let fresh = [];
    let timer = 0;
    let isBusy = false;
    let hasFailed = false;
    /** @type {RequestMode} */
    let mode = 'cors';
    // What could not be sent before, but for these.
    const queued = (/** @type {Sent[]} */ but) =>
        /** @type {Sent[]} */ (read('queue') || []).filter(
            (event) => !but.some((other) => other.eventId === event.eventId),
        );
    const enqueue = (/** @type {Sent[]} */ events) => {
        const queue = [...queued(events), ...events];
        // The oldest go first. A text with a letter at that place is longer.
        while (textOf(queue)[2e5]) queue.shift();
        write('queue', queue);
    };
    /** Whether the text is off our hands: stored, refused for good, or handed to the browser. */
    const deliver = async (
        /** @type {string} */ body,
        /** @type {boolean} */ isLeaving,
        /** @type {boolean} */ keepalive,
    ) => {
        const endpoint = new URL(options.endpoint || 'v1/events/batch', source || here);
        if (isLeaving && !('keepalive' in Request.prototype))
            return browser.sendBeacon(endpoint, body);
        // Of a page that may not read answers the first fails like an outage. The second tells the two
        // apart, and has no status. It may be that of a proxy whose server is away: a GET has an answer
        // that every page may read, and only the server gives it.
        for (mode of /** @type {RequestMode[]} */ ([mode, 'no-cors']))
            try {
                const answer = await fetch(endpoint, { method: 'POST', body, keepalive, mode });
                /** @type {any} */
                const status = answer.status || (await fetch(endpoint)).status;
                // Later perhaps: 408, 429 and faults of the server.
                return !/^(5|4[02][89])/.test(status);
            } catch {
                // The next way, if there is one.
            }
        mode = 'cors';
        // Perhaps this gets through. It never says so, therefore the events are kept as well.
        if (isLeaving) browser.sendBeacon(endpoint, body);
    };
    const send = async (isLeaving = false) => {
        if (isBusy && !isLeaving) return;
        clearTimeout(timer);
        /** @type {Sent[][]} */
        const parts = [];
        /** @type {Sent[] | undefined} */
        let part;
        for (const event of isLeaving ? fresh : [...queued(fresh), ...fresh]) {
            // Of keepalive requests browsers hold 64 KiB on their way, and a letter may be three bytes.
            if (!part || textOf([...part, event])[2e4]) parts.push((part = []));
            part.push(event);
        }
        // What may not get through before the page is gone is kept first. A repeat counts once.
        if (parts[1] || hasFailed || !browser.onLine) enqueue(fresh);
        fresh = [];
        isBusy = true;
        const post = async (/** @type {Sent[]} */ events) => {
            const body = textOf(events.map((event) => ({ ...event, sentAt: new Date() })));
            hasFailed = !(await deliver(body, isLeaving, isLeaving || !parts[1]).catch(() => 0));
            if (hasFailed) enqueue(events);
            else write('queue', queued(events));
        };
        if (isLeaving) parts.map(post);
        else for (part of parts) await post(part);
        isBusy = false;
        if ([...fresh, ...queued([])][0]) timer = setTimeout(send, hasFailed ? 6e4 : 0);
    };

    const address = () => {
        const given = new URLSearchParams(here.search);
        const query = new URLSearchParams();
        for (const name of (options.query || '').split(/[\s,]+/))
            given.getAll(name).map((value) => query.append(name, value));
        return (
            here.pathname +
            ('' + query && '?' + query) +
            (says('hash', 'true') ? here.hash : '')
        ).slice(0, 2048);
    };
    const record = (
        /** @type {string} */ eventType,
        /** @type {object} */ props = {},
        /** @type {object} */ traffic = {},
        of = view,
    ) => {
        if (!isAllowed()) return;
        // A visit ends after half an hour, or with another campaign, as it does in the warehouse.
        const now = Date.now();
        const isView = eventType === 'page_view';
        const own = textOf(of.event.utm);
        let [last, campaign, hasView] = read('visit') || [0];
        if (Math.abs(now - last) > 18e5 || (own[2] && own !== campaign)) {
            campaign = own;
            hasView = 0;
        }
        write('visit', [now, campaign, isView || hasView]);
        const event = {
            anonId: anonId(),
            eventType,
            path: address(),
            timestamp: of.left || new Date(now),
            eventId: uuid(),
            ...of.event,
            traffic: { propertyId: property, isEntrance: isView && !hasView, ...traffic },
            props: { ...of.clicks, ...props },
        };
        if (textOf(event)[2e4]) event.props = {};
        // As it is now: the page may change its objects afterwards. Half a letter, as cutting a text makes
        // it, would have the whole event refused.
        fresh.push(JSON.parse(textOf(event).replace(/([^\\])(\\ud...)+/g, '$1')));
        clearTimeout(timer);
        timer = setTimeout(send, fresh[19] ? 0 : 1e3);
    };

    /** @type {(path: string, props?: object) => void} */
    const open = (path, props) => {
        tick();
        const before = view;
        const isFirst = !views[0];
        if (before.told) {
            before.left = new Date();
            // Later, for what the last click on it cost is not known before the next frame.
            setTimeout(safe(report), 1e3, before);
        }

        // Another site by its address, a page of this one by its path. What is loaded again still has
        // the referrer of its first time.
        let referrer = doc.referrer.split(/[?#]/)[0];
        const from = safe(() => new URL(referrer))();
        if (!isFirst) referrer = /** @type {string} */ (views[views.length - 1].event.path);
        else if (performance.navigation.type % 255) referrer = here.pathname;
        else if (from && isOwn(from)) referrer = from.pathname;

        /** @type {any} */
        const utm = {};
        /** @type {any} */
        const clicks = {};
        new URLSearchParams(here.search).forEach((value, name) => {
            const text = value.trim().slice(0, 255);
            const field = /^utm_(source|medium|campaign|term|content)$/.exec(name);
            if (field && text) utm[field[1]] = text;
            if (
                text &&
                /(clk?id|braid)$|^(gad_|tblci|dicbo|cto_pld|igsh|mibextid|li_fat_id|sccid|rdt_cid|epik)/i.test(
                    name,
                )
            )
                clicks[name.toLowerCase()] = text;
        });
        view = /** @type {View} */ ({
            event: { utm, viewId: uuid(), path, referrer: referrer.slice(0, 2048) },
            clicks,
            // What the first view measures began with the page.
            start: isFirst ? 0 : performance.now(),
            count: isFirst ? 0 : /** @type {any} */ (performance).interactionCount,
            seen: 0,
            told: {},
        });
        views.push(view);
        if (views[3]) views.shift();
        innerUntil = 0;
        measureAfterFrame();
        record('page_view', props);
        if (isFirst && says('page', '404')) record('not_found');
    };

    let since = 0;
    // Adds the time since the last look, if the page was seen in it. After a long gap it had slept.
    const tick = () => {
        const now = performance.now();
        if (since && now - since < 5e3) view.seen += now - since;
        since = !doc.hidden && doc.hasFocus() ? now : 0;
    };
    const measure = () => {
        view.height = /** @type {Element} */ (doc.scrollingElement).scrollHeight;
        const bottom = scrollY + innerHeight;
        // Until the visitor does something, a router may still scroll to where the new page begins.
        view.deep = view.used ? Math.max(view.deep, bottom) : bottom;
    };
    // Right after a frame the layout is known, and asking for it costs none.
    const measureAfterFrame = () => requestAnimationFrame(() => setTimeout(safe(measure)));

    // When a page of the same site was asked for: that is no exit.
    let innerUntil = 0;
    const report = (/** @type {View} */ of) => {
        let isNew;
        const grown = (/** @type {any} */ values) => {
            /** @type {any} */
            const found = {};
            for (const name in values)
                if (values[name] >= 0 && values[name] !== of.told[name])
                    isNew = found[name] = of.told[name] = values[name];
            return found;
        };
        const traffic = {
            ...grown({
                engagedTimeMs: Math.min(Math.round(of.seen), 36e5),
                scrollDepthPercent: Math.min(Math.round((100 * of.deep) / of.height), 100),
            }),
            webVitals: grown(api.vitals && api.vitals(of)),
            isExit:
                of === view && !of.isExit && performance.now() > innerUntil,
        };
        if (isNew === undefined) return;
        of.isExit ||= traffic.isExit;
        record('page_exit', {}, traffic, of);
    };
    const leave = () => {
        tick();
        views.map(safe(report));
        send(true);
    };

    let isShown = false;
    const calls = [...(early.q || [])];
    const command = safe((/** @type {string} */ type, /** @type {Given=} */ given = {}) => {
        const { props, path, conversion, ...others } = given;
        if (!isAllowed()) return;
        if (type === 'page_view') open(path || address(), props || others);
        else record(type, props || others, { isConversion: conversion });
    });
    const runCalls = () => isShown && calls.splice(0).map((call) => command(...call));
    const api = /** @type {import('./types').Footfall} */ (
        (/** @type {[string, Given?]} */ ...call) => {
            calls.push(call);
            runCalls();
        }
    );
    api.views = views;
    api.optOut = safe(() => {
        isOut = true;
        fresh = [];
        view = none;
        views.length = 0;
        'id visit queue'.split(' ').map((name) => {
            memory[name] = 0;
            safe(() => storage.removeItem('footfall.' + name))();
        });
        storage.setItem('footfall.optout', '1');
    });
    api.optIn = safe(() => {
        isOut = false;
        safe(() => storage.removeItem('footfall.optout'))();
        look();
    });
    page.footfall = api;

    // The one place that asks whether this is another page. One that nobody has seen is none yet.
    const look = () => {
        if (/** @type {any} */ (doc).prerendering || doc.hidden) return;
        if (isAllowed() && !says('auto', 'false') && view.event.path !== address()) open(address());
        // What is called while nobody may be counted is done with, and does not wait for a better day.
        isShown = true;
        runCalls();
    };

    const nameOf = (/** @type {Element} */ form) => ({
        formName:
            form.getAttribute('data-footfall-form') ||
            form.getAttribute('id') ||
            form.getAttribute('name') ||
            undefined,
    });
    // A form names its visitor to the capture endpoint; who is not counted has an id for this time alone.
    listen('formdata', ({ target, formData }) => {
        if (!target.hasAttribute('data-footfall-form')) return;
        formData.set('anonId', anonId());
        formData.set('propertyId', property);
        formData.set('formName', nameOf(target).formName);
    });
    if (isOff) return;

    'pushState replaceState'.split(' ').map((name) => {
        /** @type {any} */
        const past = history;
        const original = past[name];
        past[name] = function (/** @type {any} */ ...given) {
            const result = original.apply(this, given);
            safe(look)();
            return result;
        };
    });
    listen('popstate hashchange', look);
    listen('pageshow online', () => {
        look();
        send();
    });
    listen('pagehide', () => {
        leave();
        // When it comes back from the back-forward cache, it is a new view.
        view = none;
    });
    listen('visibilitychange prerenderingchange focus blur', () => {
        if (doc.hidden) return leave();
        tick();
        look();
    });
    listen('scroll', measureAfterFrame);
    listen('wheel touchmove keydown pointerdown', () => {
        view.used = true;
    });
    listen('click auxclick', (event) => {
        if (event.button > 1) return;
        let marked, link;
        // From the outermost to the innermost, which has the last word.
        for (const element of event.composedPath().reverse()) {
            if (element.dataset?.footfallEvent) marked = element.dataset;
            if (/^(a|area)$/.test(element.localName)) link = element;
        }
        if (marked) {
            /** @type {any} */
            const props = {};
            for (const name in marked)
                if (/^footfallProp[A-Z]/.test(name))
                    props[name[12].toLowerCase() + name.slice(13)] = marked[name];
            record(marked.footfallEvent, props);
        }
        const url = new URL(link.href.baseVal || link.href, doc.baseURI);
        if (!/^http/.test(url.protocol)) return;
        if (
            link.hasAttribute('download') ||
            /\.(pdf|docx?|xlsx?|pptx?|csv|txt|zip|rar|gz|7z|dmg|exe|msi|apk|mp[34])$/i.test(
                url.pathname,
            )
        )
            record('file_download', { url: url.origin + url.pathname });
        else if (!isOwn(url)) record('outbound_click', { url: url.origin + url.pathname });
    });
    const started = new WeakMap();
    listen('input change', (event) => {
        const { form } = event.composedPath()[0];
        if (!form || started.get(form) === view) return;
        started.set(form, view);
        record('form_start', nameOf(form));
    });
    listen('submit', ({ target }) => {
        // The capture endpoint writes that event itself.
        if (!/\/v1\/leads\/capture(\?|$)/.test(target.getAttribute('action')))
            record('form_submit', nameOf(target));
    });
    if (page.navigation)
        listen(
            'navigate',
            (event) => {
                // A download leaves no page. It has a text, which may be empty.
                innerUntil =
                    !event.hashChange &&
                    !event.downloadRequest?.trim &&
                    new URL(event.destination.url).host === here.host
                        ? performance.now() + 1e4
                        : 0;
            },
            page.navigation,
        );
    setInterval(tick, 1e3);
    safe(() => new ResizeObserver(safe(measure)).observe(doc.documentElement))();

    const loadVitals = () => {
        if (source && !says('vitals', 'false') && isAllowed())
            import(source.replace(/(\.v1\.\w+)?\.js.*/, '.v1.__VITALS__.js')).catch(() => 0);
    };
    (page.requestIdleCallback || setTimeout)(loadVitals);

    safe(look)();
})();
