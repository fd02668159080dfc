import { defineConfig } from 'vitest/config';

/** Tests that take long or need other people's programs stand apart: `npm run test:peers` and `test:soak` name them here. */
const apart = ['peers', 'soak'];
const asked = process.env.VERDICT_TEST ?? '';

export default defineConfig({
  test: {
    include: [apart.includes(asked) ? `test/${asked}/**/*.test.ts` : 'test/**/*.test.ts'],
    exclude: apart.includes(asked) ? [] : [...apart.map((name) => `test/${name}/**`), 'test/fixtures/**'],
    reporters: ['default', './test/support/closing-line.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
