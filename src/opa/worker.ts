import { enableCompileCache } from 'node:module';

// Before anything is loaded: half of the time in which a worker starts is compiling.
enableCompileCache();
await import('./evaluating.ts');
