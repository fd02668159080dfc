import { execFile } from 'node:child_process';
import { program } from './serve.ts';

/** `test/fixtures/notation/made/manifest.json`. Paths are relative to its folder. */
export interface NotationManifest {
  readonly repository: string;
  /** Folder with `truststore/x509`. */
  readonly config: string;
  /** Trust policy documents, each with what it is for. */
  readonly policies: Readonly<Record<string, string>>;
  readonly fixtures: readonly NotationFixture[];
}

export interface NotationFixture {
  readonly name: string;
  readonly form: string;
  readonly key: string;
  readonly envelope: string;
  readonly mediaType: string;
  readonly layout?: string;
  readonly tag?: string;
  readonly blob?: string;
  readonly subject: NotationSubject;
  readonly cases: readonly NotationCase[];
}

export interface NotationSubject {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export interface NotationCase {
  readonly policy: string;
  /** notation-go's word, asked while the fixtures were made. */
  readonly accepts: boolean;
  readonly outcome: 'verified' | 'present' | 'failed';
  readonly failed?: readonly string[];
  /** Row of docs/differences.md where the two differ on purpose. */
  readonly difference?: string;
}

/** What notation-tool reads; all paths absolute. */
export interface NotationQuestion {
  readonly id: string;
  readonly envelope: string;
  readonly mediaType: string;
  readonly policy: string;
  readonly config: string;
  readonly subject: NotationSubject;
  readonly repository: string;
}

export interface NotationAnswer {
  readonly id: string;
  readonly accepted: boolean;
  readonly error?: string;
}

/** notation-go's answers to many questions at once, in their order. */
export async function notation(questions: readonly NotationQuestion[]): Promise<readonly NotationAnswer[]> {
  return await new Promise((resolve, reject) => {
    const options = { maxBuffer: 64 * 1024 * 1024 };
    const child = execFile(program('notation-tool'), ['verify'], options, (fault, stdout) => {
      if (fault) reject(fault);
      else
        resolve(
          stdout
            .trimEnd()
            .split('\n')
            .map((line) => JSON.parse(line) as NotationAnswer),
        );
    });
    child.stdin?.end(questions.map((question) => `${JSON.stringify(question)}\n`).join(''));
  });
}
