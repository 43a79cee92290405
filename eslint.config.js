import js from '@eslint/js';

const browser =
    'addEventListener console crypto document fetch history innerHeight location localStorage navigator ' +
    'performance requestAnimationFrame scrollY sessionStorage setInterval setTimeout clearTimeout window ' +
    'scrollTo matchMedia AbortController DOMParser Element FormData HTMLAnchorElement HTMLElement ' +
    'HTMLFormElement HTMLInputElement HTMLLinkElement SVGElement ' +
    'Blob PerformanceObserver Request ResizeObserver URL URLSearchParams';

export default [
    js.configs.recommended,
    {
        languageOptions: {
            globals: Object.fromEntries(browser.split(' ').map((name) => [name, 'readonly'])),
        },
        rules: {
            eqeqeq: 'error',
            'no-eval': 'error',
            'no-implied-eval': 'error',
            'no-var': 'error',
            'prefer-const': ['error', { destructuring: 'all' }],
            'no-unused-vars': ['error', { caughtErrors: 'none' }],
        },
    },
    { ignores: ['**/served/'] },
];
