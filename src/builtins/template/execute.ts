import { isArray, refused } from '../operands.ts';
import { jsonEntries, RegoNumber, RegoObject, type Value } from '../value.ts';
import type { Command, Instruction, Operand, Pipeline } from './parse.ts';

/** What an expression yields: a value of the data, an integer of the template's own, or nothing (a missing key, null). */
type Result = Value | number | undefined;

/** Longest text a template may make. */
const MAX_OUTPUT = 4 * 1024 * 1024;

/** Most instructions carried out: loops within loops multiply. */
const MAX_STEPS = 1_000_000;

/** Carries out a template over JSON data (no sets). @throws VerdictError BUILTIN_FAILED where Go reports an error. */
export function executeTemplate(instructions: readonly Instruction[], data: Value): string {
  const execution = new Execution(data);
  execution.run(instructions, data);
  return execution.text();
}

type Flow = 'on' | 'break' | 'continue';

class Execution {
  readonly #out: string[] = [];
  readonly #variables: { readonly name: string; value: Result }[];
  #length = 0;
  #steps = 0;

  constructor(data: Value) {
    this.#variables = [{ name: '$', value: data }];
  }

  text(): string {
    return this.#out.join('');
  }

  run(instructions: readonly Instruction[], dot: Result): Flow {
    for (const instruction of instructions) {
      this.#steps += 1;
      if (this.#steps > MAX_STEPS) throw refused('the template takes too long');
      const flow = this.#instruction(instruction, dot);
      if (flow !== 'on') return flow;
    }
    return 'on';
  }

  #instruction(instruction: Instruction, dot: Result): Flow {
    switch (instruction.kind) {
      case 'text':
        this.#write(instruction.text);
        return 'on';
      case 'action': {
        const value = this.#pipeline(instruction.pipeline, dot);
        if (instruction.pipeline.variables.length === 0) this.#write(show(value));
        return 'on';
      }
      case 'break':
      case 'continue':
        return instruction.kind;
      case 'if':
      case 'with':
      case 'range': {
        const mark = this.#variables.length;
        const flow = instruction.kind === 'range' ? this.#range(instruction, dot) : this.#condition(instruction, dot);
        this.#variables.length = mark;
        return flow;
      }
    }
  }

  #condition(block: Extract<Instruction, { body: unknown }>, dot: Result): Flow {
    const value = this.#pipeline(block.pipeline, dot);
    if (!isTrue(value)) return this.run(block.otherwise, dot);
    return this.run(block.body, block.kind === 'with' ? value : dot);
  }

  #range(block: Extract<Instruction, { body: unknown }>, dot: Result): Flow {
    const { variables, declares } = block.pipeline;
    const members = membersOf(this.#pipeline({ ...block.pipeline, variables: [] }, dot));
    const mark = this.#variables.length;
    for (const [key, item] of members) {
      const values = variables.length === 2 ? [key, item] : [item];
      for (const [i, name] of variables.entries()) this.#assign(name, values[i], declares);
      const flow = this.run(block.body, item);
      this.#variables.length = mark;
      if (flow === 'break') break;
    }
    return members.length === 0 ? this.run(block.otherwise, dot) : 'on';
  }

  #assign(name: string, value: Result, declares: boolean): void {
    const known = declares ? undefined : this.#variables.findLast((variable) => variable.name === name);
    if (known === undefined) this.#variables.push({ name, value });
    else known.value = value;
  }

  #pipeline({ variables, declares, commands }: Pipeline, dot: Result): Result {
    let result: Result;
    for (const [i, command] of commands.entries()) {
      const last = i === 0 ? [] : [result];
      result = command.kind === 'value' ? this.#value(command, dot) : this.#call(command, dot, last);
    }
    for (const name of variables) this.#assign(name, result, declares);
    return result ?? undefined;
  }

  #value({ operand, fields }: Extract<Command, { kind: 'value' }>, dot: Result): Result {
    let value = this.#operand(operand, dot);
    for (const field of fields) {
      if (value === undefined) return undefined;
      if (!(value instanceof RegoObject)) throw refused('a template reads a field of what has none');
      value = value.get(field);
    }
    return value;
  }

  #operand(operand: Operand, dot: Result): Result {
    switch (operand.kind) {
      case 'dot':
        return dot;
      case 'literal':
        return operand.value;
      case 'variable':
        return this.#variables.findLast(({ name }) => name === operand.name)?.value;
      case 'pipeline':
        return operand.pipeline.commands.length === 1 && operand.pipeline.commands[0]?.kind === 'value'
          ? this.#value(operand.pipeline.commands[0], dot)
          : this.#pipeline(operand.pipeline, dot);
    }
  }

  #call({ name, args }: Extract<Command, { kind: 'call' }>, dot: Result, last: readonly Result[]): Result {
    if (name === 'and' || name === 'or') return this.#choose(name, args, dot, last);
    const values = [...args.map((arg) => (arg.kind === 'value' ? this.#value(arg, dot) : undefined)), ...last];
    const [first, second, ...rest] = values;
    switch (name) {
      case 'not':
        if (values.length !== 1) break;
        return !isTrue(first);
      case 'len':
        if (values.length !== 1) break;
        return lengthOf(first);
      case 'index':
        if (values.length < 1) break;
        return values.slice(1).reduce((value, key) => memberOf(value, key), first);
      case 'eq':
        if (values.length < 2) break;
        return [second, ...rest].some((other) => isEqual(first, other));
      case 'ne':
        if (values.length !== 2) break;
        return !isEqual(first, second);
    }
    throw refused(`the template calls ${name} with the wrong arguments`);
  }

  /** `and` and `or` look at no argument that they do not need. */
  #choose(name: string, args: readonly Command[], dot: Result, last: readonly Result[]): Result {
    const count = args.length + last.length;
    if (count === 0) throw refused(`the template calls ${name} with the wrong arguments`);
    let value: Result;
    for (let i = 0; i < count; i += 1) {
      const arg = args[i];
      value = arg === undefined ? last[0] : arg.kind === 'value' ? this.#value(arg, dot) : undefined;
      if (isTrue(value) === (name === 'or')) return value;
    }
    return value;
  }

  #write(text: string): void {
    this.#length += text.length;
    if (this.#length > MAX_OUTPUT) throw refused(`the template makes more than ${MAX_OUTPUT} characters`);
    this.#out.push(text);
  }
}

function isTrue(value: Result): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return value !== 0;
  if (typeof value === 'string' || isArray(value)) return value.length > 0;
  // Numbers of the data are texts for Go, and no text of a number is empty.
  return value instanceof RegoNumber || value.size > 0;
}

/** What `range` goes over: a missing value is as good as an empty one. */
function membersOf(value: Result): readonly (readonly [Result, Result])[] {
  if (value === undefined || value === null) return [];
  if (typeof value === 'number') {
    if (value > MAX_STEPS) throw refused('the template takes too long');
    return Array.from({ length: Math.max(value, 0) }, (_, i) => [i, i] as const);
  }
  if (isArray(value)) return value.map((item, i) => [i, item] as const);
  if (value instanceof RegoObject) return value.entries();
  throw refused('a template ranges over what has no members');
}

function lengthOf(value: Result): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (value instanceof RegoNumber) return value.text.length;
  if (isArray(value as Value)) return (value as readonly Value[]).length;
  if (value instanceof RegoObject) return value.size;
  throw refused('a template asks for the length of what has none');
}

function memberOf(value: Result, key: Result): Result {
  if (isArray(value as Value) && typeof key === 'number') {
    const item = (value as readonly Value[])[key];
    if (item === undefined) throw refused('an index of the template is out of range');
    return item;
  }
  if (value instanceof RegoObject && typeof key === 'string') return value.get(key);
  throw refused('a template indexes what cannot be');
}

function isEqual(a: Result, b: Result): boolean {
  const [x, y] = [a, b].map((value) => (value instanceof RegoNumber ? value.text : (value ?? undefined)));
  if (x === undefined || y === undefined) return x === y;
  if (typeof x === 'object' || typeof x !== typeof y) throw refused('a template compares what cannot be compared');
  return x === y;
}

/** As Go's `fmt.Fprint` shows it. */
function show(value: Result): string {
  if (value === undefined || value === null) return '<no value>';
  return showInner(value);
}

function showInner(value: Value | number): string {
  if (value === null) return '<nil>';
  if (value instanceof RegoNumber) return value.text;
  if (isArray(value as Value)) return `[${(value as readonly Value[]).map(showInner).join(' ')}]`;
  if (value instanceof RegoObject) {
    return `map[${jsonEntries(value)
      .map(([key, item]) => `${key}:${showInner(item)}`)
      .join(' ')}]`;
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}
