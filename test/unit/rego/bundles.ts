import type { BuildRequest } from '../../../src/rego/requests.ts';
import { data, rego } from './support.ts';

/** A bundle whose bytes are known: `sha256` is of what the native `opa build` of OPA 1.22.0 writes. */
export interface KnownBundle {
  readonly name: string;
  readonly request: BuildRequest;
  readonly sha256: string;
}

const DECISION = rego(
  'main.rego',
  `package verdict

import data.lib
import future.keywords.not

# METADATA
# entrypoint: true
default decision := {"allow": false, "violations": [{"msg": "undecided"}]}

decision := {"allow": true} if not lib.unsigned
`,
);

const LIBRARY = rego(
  'lib/lib.rego',
  `package lib

import future.keywords.not

unsigned if {
	some artifact in input.artifacts
	not artifact.signed
}

names contains sprintf("%s@%d", [artifact.name, time.now_ns()]) if some artifact in input.artifacts
`,
);

export const KNOWN_BUNDLES: readonly KnownBundle[] = [
  {
    name: 'two packages with data, a revision and an annotated entrypoint',
    request: {
      files: [DECISION, LIBRARY],
      data: [data('data.json', { config: { z: 1, a: [1.5, 1e3, '<&>'] } }), data('lists/data.json', { x: null })],
      entrypoints: [],
      revision: 'r1',
    },
    sha256: 'd8cc566339f438afcf89bd755151b375114c8d207741af87debf8bdc88e9094b',
  },
  {
    name: 'Rego v0 and YAML data',
    request: {
      files: [
        rego(
          'ratify.rego',
          'package ratify.policy\n\ndefault valid = false\n\nvalid { not deny }\n\ndeny { input.bad[_] == data.list[_] }\n',
        ),
      ],
      data: [{ path: 'data.yaml', text: 'list:\n  - a\n  - "b"\n' }],
      entrypoints: ['ratify/policy/valid'],
      regoVersion: 0,
    },
    sha256: '44944079f163c526f64fe7c3b453a54dfb58801393ba4cdc4c3dd66c411fd8c4',
  },
  {
    name: 'roots and several entrypoints',
    request: {
      files: [
        rego(
          'rules/licence/allowed.rego',
          'package rules.licence.allowed\n\ndeny contains p if {\n\tsome p in input.packages\n\tregex.match(`^GPL-`, p.licence)\n}\n',
        ),
        rego(
          'rules/licence/known.rego',
          'package rules.licence.known\n\nmet contains input.subject if count(input.packages) > 0\n',
        ),
      ],
      entrypoints: ['rules/licence/known/met', 'rules/licence/allowed/deny'],
      roots: ['rules'],
    },
    sha256: '36654998b3e5b907a08d52bc15d70712c452ba07fa2945069427210ee7ec0043',
  },
];
