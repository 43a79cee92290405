/**
 * The second half of the snippet: TTFB, FCP, LCP, CLS and INP of each view, as the field defines them.
 *
 * It comes late and misses nothing, because browsers keep what they measured. It sends nothing: the
 * first half asks it when a view is left. What is larger than the warehouse takes counts as its bound.
 */
(() => {
    /** @typedef {import('./types').Measured} Measured */
    /** @typedef {import('./types').View} View */

    const page = /** @type {import('./types').Page} */ (window);
    const api = page.footfall;
    if (!api || !api.views || api.vitals) return;
    const { views } = api;

    /** @returns {Measured} */
    const nothing = () => ({ cls: 0, sum: 0, from: 0, last: -Infinity, slowest: new Map() });
    // The first view began with the page, whenever it was seen.
    const first = nothing();
    /** @type {WeakMap<View, Measured>} */
    const others = new WeakMap();
    const measuredOf = (/** @type {View | undefined} */ view) => {
        if (!view || !view.start) return first;
        const known = others.get(view) || nothing();
        others.set(view, known);
        return known;
    };
    const at = (/** @type {number} */ time) =>
        measuredOf(views.filter((view) => view.start <= time).pop());

    // Asked anew each time: a prerendered page has not begun yet, and Firefox does not know its response
    // before it is there as a whole.
    const navigation = () =>
        /** @type {any} */ (performance.getEntriesByType('navigation')[0]) || {};
    const began = () => navigation().activationStart || 0;

    // A page that was in the background says nothing of how fast it was.
    let lastHidden =
        document.hidden && !(/** @type {any} */ (document).prerendering) ? 0 : Infinity;
    const hiddenAt = () =>
        Math.min(
            lastHidden,
            ...performance
                .getEntriesByType('visibility-state')
                .filter(({ name, startTime }) => name === 'hidden' && startTime >= began())
                .map(({ startTime }) => startTime),
        );
    addEventListener(
        'visibilitychange',
        ({ timeStamp }) => {
            if (document.hidden) lastHidden = Math.min(lastHidden, timeStamp);
        },
        true,
    );

    /** @type {(() => void)[]} */
    const pending = [];
    const observe = (
        /** @type {string} */ type,
        /** @type {(entry: any) => void} */ take,
        /** @type {object} */ more = {},
    ) => {
        try {
            const observer = new PerformanceObserver((list) => list.getEntries().forEach(take));
            observer.observe({ type, buffered: true, ...more });
            pending.push(() => observer.takeRecords().forEach(take));
        } catch {
            // This browser does not measure that.
        }
    };

    observe('paint', ({ name, startTime }) => {
        if (name === 'first-contentful-paint' && startTime < hiddenAt()) first.fcp = startTime;
    });
    observe('largest-contentful-paint', ({ startTime }) => {
        if (startTime < hiddenAt() && at(startTime) === first) first.lcp = startTime;
    });
    observe('layout-shift', ({ startTime, value, hadRecentInput }) => {
        // What follows a tap or a key is what the visitor asked for.
        if (hadRecentInput) return;
        const measured = at(startTime);
        if (startTime - measured.last >= 1e3 || startTime - measured.from >= 5e3) {
            measured.from = startTime;
            measured.sum = 0;
        }
        measured.last = startTime;
        measured.sum += value;
        measured.cls = Math.max(measured.cls, measured.sum);
    });
    const interacted = (/** @type {any} */ { startTime, duration, interactionId, entryType }) => {
        if (!interactionId && entryType !== 'first-input') return;
        const { slowest } = at(startTime);
        // The first input may come twice, once without an id.
        if (!interactionId && slowest.size) return;
        slowest.set(interactionId, Math.max(duration, slowest.get(interactionId) || 0));
        if (slowest.size > 10) {
            const [[fastest]] = [...slowest].sort(([, one], [, other]) => one - other);
            slowest.delete(fastest);
        }
    };
    observe('event', interacted, { durationThreshold: 40 });
    observe('first-input', interacted);

    addEventListener(
        'pageshow',
        (event) => {
            if (!event.persisted) return;
            // A page that comes back from the cache is there at once, and is painted in two frames.
            const measured = measuredOf(views[views.length - 1]);
            measured.ttfb = 0;
            requestAnimationFrame(() =>
                requestAnimationFrame(() => {
                    measured.fcp = measured.lcp = performance.now() - event.timeStamp;
                }),
            );
        },
        true,
    );

    const bounded = (/** @type {number | undefined} */ milliseconds, from = 0) =>
        milliseconds === undefined
            ? undefined
            : Math.min(Math.round(Math.max(milliseconds - from, 0)), 12e4);
    api.vitals = (view) => {
        pending.forEach((take) => take());
        const measured = measuredOf(view);
        // What happened in a prerendered page before somebody came is no wait of theirs.
        const from = measured === first ? began() : 0;
        if (measured === first) first.ttfb = navigation().responseStart || undefined;
        const next = views[views.indexOf(view) + 1];
        const counted = next ? next.count : /** @type {any} */ (performance).interactionCount;
        // The worst of up to 49 interactions, the second of up to 99, …
        const durations = [...measured.slowest.values()].sort((one, other) => other - one);
        const spared = Math.min(durations.length - 1, Math.floor((counted - view.count) / 50) || 0);
        const isPainted = measured !== first || first.fcp !== undefined;
        return {
            ttfbMs: bounded(measured.ttfb, from),
            fcpMs: bounded(measured.fcp, from),
            lcpMs: bounded(measured.lcp, from),
            inpMs: bounded(durations[spared]),
            clsScore: isPainted ? Math.min(Math.round(measured.cls * 1e4) / 1e4, 10) : undefined,
        };
    };
})();
