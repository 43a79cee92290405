// Shows what the server made of each event, and turns the pages of the gallery.
(() => {
    /** @typedef {Record<string, any>} Arrival */
    const list = /** @type {HTMLElement} */ (document.querySelector('#events'));
    const none = /** @type {HTMLElement} */ (document.querySelector('#none'));
    /** @type {Set<string>} */
    const known = new Set();
    let isFirst = true;

    const element = (/** @type {string} */ name, /** @type {string} */ text, className = '') => {
        const made = document.createElement(name);
        made.textContent = text;
        made.className = className;
        return made;
    };
    const seconds = (/** @type {number} */ milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`;
    /** @type {Record<string, (value: any) => string>} */
    const WORDS = {
        engagedTimeMs: (value) => `seen for ${seconds(value)}`,
        scrollDepthPercent: (value) => `${value} % of the page`,
        ttfbMs: (value) => `TTFB ${value} ms`,
        fcpMs: (value) => `FCP ${value} ms`,
        lcpMs: (value) => `LCP ${value} ms`,
        inpMs: (value) => `INP ${value} ms`,
        clsScore: (value) => `CLS ${value}`,
    };
    const factsOf = (/** @type {Arrival} */ arrival) => {
        if (arrival.outcome === 'rejected')
            return [arrival.reason, `status ${arrival.statusCode}`, times(arrival)];
        if (arrival.outcome === 'duplicate') return ['known already: it counts once', times(arrival)];
        return [
            arrival.trafficSource,
            arrival.deviceType,
            arrival.countryCode || 'no country',
            arrival.isEntrance && 'entrance',
            arrival.isExit && 'exit',
            arrival.isConversion && 'conversion',
            ...Object.entries(arrival.props || {}).map(([name, value]) =>
                name in WORDS ? WORDS[name](value) : `${name}: ${value}`,
            ),
        ];
    };
    const times = (/** @type {Arrival} */ { occurrences }) => occurrences > 1 && `${occurrences} times`;
    const itemOf = (/** @type {Arrival} */ arrival) => {
        const item = document.createElement('li');
        if (!isFirst && !known.has(arrival.key)) item.className = 'new';
        known.add(arrival.key);
        const head = element('div', '', 'head');
        head.append(
            element('span', arrival.outcome, `outcome ${arrival.outcome}`),
            element('strong', arrival.eventType || 'an event'),
            element('time', new Date(arrival.receivedAt).toLocaleTimeString()),
        );
        const facts = element('div', '', 'facts');
        facts.append(...factsOf(arrival).filter(Boolean).map((fact) => element('span', `${fact}`)));
        item.append(head, element('div', arrival.path || '', 'path'), facts);
        return item;
    };
    const refresh = async () => {
        if (document.hidden) return;
        const answer = await fetch('/demo/events');
        if (!answer.ok) return;
        const arrivals = await answer.json();
        none.hidden = arrivals.length > 0;
        list.replaceChildren(...arrivals.map(itemOf));
        isFirst = false;
    };
    const soon = () => setTimeout(refresh, 400);

    const post = (/** @type {object} */ event) =>
        fetch('/v1/events', {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(event),
        }).then(soon);
    const property = 'demo.example';
    document.querySelector('#again')?.addEventListener('click', async () => {
        const event = {
            anonId: 'demo-visitor',
            eventType: 'sent_twice',
            path: location.pathname,
            timestamp: new Date().toISOString(),
            eventId: crypto.randomUUID(),
            traffic: { propertyId: property },
        };
        await post(event);
        await post(event);
    });
    document.querySelector('#wrong')?.addEventListener('click', () =>
        post({
            anonId: 'demo-visitor',
            eventType: 'wrong',
            path: location.pathname,
            traffic: { propertyId: property, scrollDepthPercent: 250 },
        }),
    );

    const canvas = document.querySelector('#canvas');
    const show = () => {
        if (canvas) canvas.className = `canvas ${location.pathname.split('/')[3] || 'moss'}`;
    };
    document.querySelector('#colours')?.addEventListener('click', (event) => {
        const link = /** @type {Element} */ (event.target).closest('a');
        if (!link) return;
        event.preventDefault();
        history.pushState({}, '', link.href);
        show();
    });
    addEventListener('popstate', show);

    refresh();
    setInterval(refresh, 1500);
})();
