/** What the two halves of the snippet, and the page, know of each other. */

/** A view of a page, as long as its page is there. */
export interface View {
    /** What all of its events have in common. */
    event: { viewId?: string; path?: string; referrer?: string; utm: object };
    /** Ids by which ad networks know a click, from the address. */
    clicks?: object;
    /** When it began, on the clock of `performance`; 0 for the first, which is the page's own. */
    start: number;
    /** How many interactions the page had had by then. */
    count: number;
    /** Milliseconds in which it was seen. */
    seen: number;
    /** How high the page is, and the lowest edge that was seen of it. */
    height: number;
    deep: number;
    /** Whether the visitor did something that may scroll. */
    used?: boolean;
    /** What was reported of it last. */
    told: Record<string, number>;
    /** When another view took its place without the page being left. */
    left?: Date;
    isExit?: boolean;
}

/** What the second half knows of a view. */
export interface Measured {
    ttfb?: number;
    fcp?: number;
    lcp?: number;
    /** The largest session window of layout shifts until now. */
    cls: number;
    /** The window that is still open, when it began, and when something shifted last. */
    sum: number;
    from: number;
    last: number;
    /** How long the slowest interactions took, by their id. */
    slowest: Map<number, number>;
}

/** An event as it waits; only its id matters to the queue. */
export interface Sent {
    eventId: string;
    [field: string]: unknown;
}

/** The second argument of `footfall()`: these, or the props themselves. */
export interface Given {
    props?: object;
    path?: string;
    conversion?: boolean;
    [prop: string]: unknown;
}

export interface Footfall {
    (type: string, given?: Given): void;
    /** Calls from before the snippet was there. */
    q?: [string, Given?][];
    views: View[];
    /** Set by the second half. */
    vitals?: (view: View) => Record<string, number | undefined>;
    optOut: () => void;
    optIn: () => void;
}

export interface Page extends Omit<Window, 'navigation' | 'requestIdleCallback'> {
    footfall?: Footfall;
    footfallConfig?: Record<string, unknown>;
    navigation?: EventTarget;
    navigator: Navigator & { globalPrivacyControl?: boolean };
    addEventListener: typeof addEventListener;
    requestIdleCallback?: typeof requestIdleCallback;
}
