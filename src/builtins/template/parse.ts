import { refused } from '../operands.ts';
import { type Token, tokenize } from './tokens.ts';

/** What stands for a value in a template. */
export type Operand =
  | { readonly kind: 'dot' }
  | { readonly kind: 'literal'; readonly value: string | number | boolean }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'pipeline'; readonly pipeline: Pipeline };

/** An operand with the fields read from it, or a function with its arguments. */
export type Command =
  | { readonly kind: 'value'; readonly operand: Operand; readonly fields: readonly string[] }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Command[] };

/** Commands, each with the result of the one before as its last argument. */
export interface Pipeline {
  /** Variables that the result goes to; `range` knows two. */
  readonly variables: readonly string[];
  readonly declares: boolean;
  readonly commands: readonly Command[];
}

export type Instruction =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly pipeline: Pipeline }
  | { readonly kind: 'break' | 'continue' }
  | {
      readonly kind: 'if' | 'with' | 'range';
      readonly pipeline: Pipeline;
      readonly body: readonly Instruction[];
      readonly otherwise: readonly Instruction[];
    };

/** The functions of Go's templates that are known here; any other refuses the template. */
const FUNCTIONS: readonly string[] = ['and', 'eq', 'index', 'len', 'ne', 'not', 'or'];

/** Deepest nesting of blocks and parentheses. */
const MAX_DEPTH = 100;

/** Parses a template of Go's [text/template](https://pkg.go.dev/text/template). @throws VerdictError BUILTIN_FAILED. */
export function parseTemplate(source: string): readonly Instruction[] {
  return new Parser(tokenize(source)).template();
}

const BLOCKS = ['if', 'with', 'range'];

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;
  #loops = 0;
  #scope: string[] = ['$'];

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  template(): readonly Instruction[] {
    const instructions = this.#list();
    if (this.#at < this.#tokens.length) throw refused('the template has an end without a beginning');
    return instructions;
  }

  /** Instructions until `else`, `end` or the end of the template. */
  #list(): readonly Instruction[] {
    const instructions: Instruction[] = [];
    for (;;) {
      const token = this.#tokens[this.#at];
      if (token === undefined) return instructions;
      if (token.kind === 'text') {
        this.#at += 1;
        instructions.push({ kind: 'text', text: token.text });
        continue;
      }
      const word = this.#tokens[this.#at + 1];
      if (word?.kind === 'word' && (word.text === 'else' || word.text === 'end')) return instructions;
      this.#at += 1;
      instructions.push(this.#action());
    }
  }

  #action(): Instruction {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'word') return this.#plainAction();
    const word = token.text;
    if (BLOCKS.includes(word)) {
      this.#at += 1;
      return this.#block(word);
    }
    if (word !== 'break' && word !== 'continue') return this.#plainAction();
    if (this.#loops === 0) throw refused(`${word} stands outside of range`);
    this.#at += 1;
    this.#close();
    return { kind: word };
  }

  #plainAction(): Instruction {
    const pipeline = this.#pipeline(1);
    this.#close();
    return { kind: 'action', pipeline };
  }

  #block(word: string): Instruction {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw refused('the template is nested too deeply');
    const scope = [...this.#scope];
    const kind = word === 'if' ? 'if' : word === 'with' ? 'with' : 'range';
    const pipeline = this.#pipeline(kind === 'range' ? 2 : 1);
    this.#close();
    if (kind === 'range') this.#loops += 1;
    const body = this.#list();
    if (kind === 'range') this.#loops -= 1;
    const otherwise = this.#otherwise(kind);
    this.#scope = scope;
    this.#depth -= 1;
    return { kind, pipeline, body, otherwise };
  }

  /** What follows the body: `{{end}}`, `{{else}} … {{end}}`, or `{{else if …}}`, which shares its end. */
  #otherwise(kind: string): readonly Instruction[] {
    this.#expect('open');
    const word = this.#tokens[this.#at];
    this.#at += 1;
    if (word?.kind !== 'word') throw refused('the template ends within a block');
    if (word.text === 'end') {
      this.#close();
      return [];
    }
    const next = this.#tokens[this.#at];
    if (next?.kind === 'word' && next.text === kind && kind !== 'range') {
      this.#at += 1;
      return [this.#block(kind)];
    }
    this.#close();
    const instructions = this.#list();
    this.#expect('open');
    const end = this.#tokens[this.#at];
    if (end?.kind !== 'word' || end.text !== 'end') throw refused('a block has no end');
    this.#at += 1;
    this.#close();
    return instructions;
  }

  #pipeline(mostVariables: number): Pipeline {
    const variables: string[] = [];
    const start = this.#at;
    for (let token = this.#tokens[this.#at]; token?.kind === 'variable'; token = this.#tokens[this.#at]) {
      variables.push(token.text);
      this.#at += 1;
      if (!this.#acceptMark(',')) break;
    }
    const declares = this.#acceptMark(':=');
    if (!declares && !this.#acceptMark('=')) {
      this.#at = start;
      variables.length = 0;
    }
    if (variables.length > mostVariables) throw refused('too many variables are declared');
    const commands = [this.#command()];
    while (this.#acceptMark('|')) commands.push(this.#command());
    if (commands.slice(1).some(({ kind }) => kind === 'value'))
      throw refused('a value cannot take the result of another');
    if (declares) this.#scope.push(...variables);
    else if (variables.some((name) => !this.#scope.includes(name))) throw refused('a variable is not declared');
    return { variables, declares, commands };
  }

  #command(): Command {
    const token = this.#tokens[this.#at];
    if (token?.kind === 'word' && token.text !== 'true' && token.text !== 'false') {
      if (!FUNCTIONS.includes(token.text)) throw refused(`the template calls ${token.text}, which is not known here`);
      this.#at += 1;
      return { kind: 'call', name: token.text, args: this.#arguments() };
    }
    return this.#value();
  }

  #arguments(): readonly Command[] {
    const args: Command[] = [];
    for (let token = this.#tokens[this.#at]; token !== undefined; token = this.#tokens[this.#at]) {
      if (token.kind === 'close' || (token.kind === 'mark' && token.text !== '(')) break;
      args.push(this.#value());
    }
    return args;
  }

  #value(): Command {
    const operand = this.#operand();
    const fields: string[] = [];
    for (
      let token = this.#tokens[this.#at];
      token?.kind === 'field' && token.adjacent;
      token = this.#tokens[this.#at]
    ) {
      fields.push(token.text);
      this.#at += 1;
    }
    return { kind: 'value', operand, fields };
  }

  #operand(): Operand {
    const token = this.#tokens[this.#at];
    if (token?.kind === 'field') {
      // The field itself is read by `#value`; as the first of a chain it stands after a space.
      this.#at += 1;
      return { kind: 'pipeline', pipeline: fieldOfDot(token.text) };
    }
    this.#at += 1;
    if (token?.kind === 'dot') return { kind: 'dot' };
    if (token?.kind === 'literal') return { kind: 'literal', value: token.value };
    if (token?.kind === 'variable') {
      if (!this.#scope.includes(token.text)) throw refused('a variable is not declared');
      return { kind: 'variable', name: token.text };
    }
    if (token?.kind === 'word' && (token.text === 'true' || token.text === 'false')) {
      return { kind: 'literal', value: token.text === 'true' };
    }
    if (token?.kind === 'mark' && token.text === '(') return this.#parenthesis();
    throw refused('the template is malformed');
  }

  #parenthesis(): Operand {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw refused('the template is nested too deeply');
    const pipeline = this.#pipeline(0);
    if (!this.#acceptMark(')')) throw refused('a parenthesis is not closed');
    this.#depth -= 1;
    return { kind: 'pipeline', pipeline };
  }

  #acceptMark(text: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'mark' || token.text !== text) return false;
    this.#at += 1;
    return true;
  }

  #close(): void {
    this.#expect('close');
  }

  #expect(kind: 'open' | 'close'): void {
    if (this.#tokens[this.#at]?.kind !== kind) throw refused('the template is malformed');
    this.#at += 1;
  }
}

function fieldOfDot(name: string): Pipeline {
  return {
    variables: [],
    declares: false,
    commands: [{ kind: 'value', operand: { kind: 'dot' }, fields: [name] }],
  };
}
