import { defineConfig } from 'vitest/config';

/** Tests that need other people's programs built stand apart: `npm run test:peers` sets this. */
const peers = process.env.VERDICT_TEST_PEERS === '1';

export default defineConfig({
  test: {
    include: peers ? ['test/peers/**/*.test.ts'] : ['test/**/*.test.ts'],
    exclude: peers ? [] : ['test/peers/**', 'test/fixtures/**'],
    reporters: ['default', './test/support/closing-line.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
