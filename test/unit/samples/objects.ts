import type { ExternalData } from '../../support/gatekeeper/external-data.ts';

export const DIGEST = `sha256:${'a'.repeat(64)}`;
/** References with a digest. */
export const [A, B, C] = ['a', 'b', 'c'].map((name) => `registry.example/${name}@${DIGEST}`) as [
  string,
  string,
  string,
];
const NAMESPACE = 'team';
export const keyOf = (image: string): string => `[${NAMESPACE}]${image}`;

const container = (image: string, name = 'c'): object => ({ name, image });
const podSpec = (...images: readonly string[]): object => ({
  containers: images.map((image) => container(image)),
});
export const pod = (...images: readonly string[]): object => workload('Pod', podSpec(...images));
export const workload = (kind: string, spec: object): object => ({ kind, metadata: { name: 'n' }, spec });

/** An AdmissionRequest. */
export const creating = (object: object): object => ({
  operation: 'CREATE',
  namespace: NAMESPACE,
  kind: { kind: 'any' },
  object,
});

/** An answer without errors. */
export const saying = (responses: ExternalData['responses'], rest: Partial<ExternalData> = {}): ExternalData => ({
  responses,
  errors: [],
  status_code: 200,
  system_error: '',
  ...rest,
});

/** The same value for every key. */
export const always =
  (value: unknown) =>
  (keys: readonly string[]): ExternalData =>
    saying(keys.map((key) => [key, value] as const));

/** One object of each kind that brings images, and every place in it where one can stand. */
export const PLACES: ReadonlyArray<readonly [place: string, object: (image: string) => object]> = [
  ['a container of a Pod', (image) => pod(image)],
  ['an init container of a Pod', (image) => workload('Pod', { ...podSpec(B), initContainers: [container(image)] })],
  [
    'an ephemeral container of a Pod',
    (image) => workload('Pod', { ...podSpec(B), ephemeralContainers: [container(image)] }),
  ],
  [
    'an image volume of a Pod',
    (image) => workload('Pod', { ...podSpec(B), volumes: [{ emptyDir: {} }, { image: { reference: image } }] }),
  ],
  ...['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'ReplicationController', 'Job', 'Rollout'].flatMap(
    (kind) =>
      [
        [`a container of a ${kind}`, (image: string) => workload(kind, { template: { spec: podSpec(image) } })],
        [
          `an init container of a ${kind}`,
          (image: string) =>
            workload(kind, { template: { spec: { ...podSpec(B), initContainers: [container(image)] } } }),
        ],
        [
          `an image volume of a ${kind}`,
          (image: string) =>
            workload(kind, { template: { spec: { ...podSpec(B), volumes: [{ image: { reference: image } }] } } }),
        ],
      ] as const,
  ),
  [
    'a container of a CronJob',
    (image) => workload('CronJob', { jobTemplate: { spec: { template: { spec: podSpec(image) } } } }),
  ],
  [
    'an image volume of a CronJob',
    (image) =>
      workload('CronJob', {
        jobTemplate: { spec: { template: { spec: { ...podSpec(B), volumes: [{ image: { reference: image } }] } } } },
      }),
  ],
  ['a container of a PodTemplate', (image) => ({ kind: 'PodTemplate', template: { spec: podSpec(image) } })],
];

/** Answers that say nothing good of the key of `A`, whatever a template looks for. */
export const BAD_ANSWERS: ReadonlyArray<readonly [name: string, answer: ExternalData | undefined, code: string]> = [
  ['no answer at all', undefined, 'NO_DECISION'],
  [
    'null lists and a system error',
    saying(null, { errors: null, system_error: 'EOF', status_code: 500 }),
    'NO_DECISION',
  ],
  ['null lists and no system error', saying(null, { errors: null }), 'NO_VERDICT'],
  ['no items', saying([]), 'NO_VERDICT'],
  ['a system error', saying([], { system_error: 'busy' }), 'NO_DECISION'],
  ['an item error', saying([], { errors: [[keyOf(A), 'no such image']] }), 'FAILED'],
  ['true', saying([[keyOf(A), true]]), 'any'],
  ['null', saying([[keyOf(A), null]]), 'any'],
  ['a list', saying([[keyOf(A), []]]), 'any'],
  ['a string', saying([[keyOf(A), 'allow']]), 'any'],
  ['a number', saying([[keyOf(A), 1]]), 'any'],
  ['an empty object', saying([[keyOf(A), {}]]), 'any'],
];
