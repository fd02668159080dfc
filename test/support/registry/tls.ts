import { readFileSync } from 'node:fs';

const read = (name: string): string => readFileSync(new URL(`./tls/${name}`, import.meta.url), 'utf8');

/** PEM texts of the fixed test certificates; see tls/README.md. */
export const TEST_TLS = {
  ca: read('ca.pem'),
  server: { cert: read('server.pem'), key: read('server-key.pem') },
  client: { cert: read('client.pem'), key: read('client-key.pem') },
} as const;
