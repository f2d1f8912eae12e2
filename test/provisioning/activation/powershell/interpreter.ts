import { type Node, parsePowerShell } from './parse.ts';
import { isArgument, named, nameOf, single, textOf, the, unknown } from './tree.ts';
import {
  cast,
  element,
  format,
  isEqual,
  isTrue,
  listed,
  listOf,
  one,
  PowerShellError,
  toJson,
  toText,
  type Value,
} from './values.ts';

/** Commands and types of the machine that a script runs on. */
export interface Host {
  readonly commands: Readonly<Record<string, (parameters: ReadonlyMap<string, Value>) => readonly Value[]>>;
  /** Static members, by `Type::Member`. */
  readonly statics: Readonly<Record<string, Value | (() => Value)>>;
  readonly stderr: (line: string) => void;
}

/** What runs rather than is worth something. */
const STATEMENTS = new Set([
  'statement_list',
  'pipeline_chain',
  'command',
  'command_name',
  'invokation_expression',
]);

class Exit extends Error {
  readonly code: number;
  constructor(code: number) {
    super('exit');
    this.code = code;
  }
}

interface Scope {
  readonly variables: Map<string, Value>;
  readonly parent: Scope | undefined;
}

/**
 * Runs the part of PowerShell that our scripts are written in, with PowerShell's own rules where they bite: functions
 * return all they put out, assignments stay in their scope, one thing is no list. Whatever it does not know throws.
 */
export function runPowerShell(
  script: string,
  stdin: readonly string[],
  host: Host,
): { stdout: string; exitCode: number } {
  const output: Value[] = [];
  const run = new Interpreter(host, (value) => output.push(value));
  let exitCode = 0;
  try {
    run.start(parsePowerShell(script), stdin);
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    exitCode = error.code;
  }
  return { stdout: output.map((value) => `${toText(value)}\n`).join(''), exitCode };
}

class Interpreter {
  readonly #host: Host;
  readonly #print: (value: Value) => void;
  readonly #functions = new Map<string, Node>();

  constructor(host: Host, print: (value: Value) => void) {
    this.#host = host;
    this.#print = print;
  }

  start(root: Node, stdin: readonly string[]): void {
    const variables = new Map<string, Value>([
      ['input', stdin],
      ['null', null],
      ['true', true],
      ['false', false],
    ]);
    for (const value of this.#run(root, { variables, parent: undefined })) this.#print(value);
  }

  /** What a statement or expression puts into the pipeline. */
  #run(node: Node, scope: Scope): readonly Value[] {
    const children = named(node);
    switch (node.type) {
      case 'comment':
      case 'empty_statement':
        return [];
      case 'program':
      case 'statement_list':
      case 'statement_block':
      case 'script_block':
      case 'script_block_body':
        return this.#sequence(children, scope);
      case 'function_statement':
        this.#functions.set(textOf(children[0]).toLowerCase(), node);
        return [];
      case 'assignment_expression': {
        const [target, , value] = children;
        this.#assign(the(target), this.#one(the(value), scope), scope);
        return [];
      }
      case 'if_statement': {
        const [condition, then, ...more] = children;
        if (more.length > 0) throw unknown(the(more[0]));
        return isTrue(this.#one(the(condition), scope)) ? this.#run(the(then), scope) : [];
      }
      case 'foreach_statement': {
        const [variable, list, block] = children;
        return listOf(this.#one(the(list), scope)).flatMap((item) => {
          this.#assign(the(variable), item, scope);
          return this.#run(the(block), scope);
        });
      }
      case 'try_statement':
        return this.#try(children, scope);
      case 'flow_control_statement':
        return this.#flow(node, children, scope);
      case 'pipeline_chain':
        return this.#pipeline(children, scope);
      case 'invokation_expression': {
        const result = this.#invoke(children, scope);
        return result === undefined ? [] : listed(result);
      }
      case 'command':
      case 'command_name':
        return this.#command(node, undefined, scope);
      default:
        if (single(node) !== node) return this.#run(single(node), scope);
        return listed(this.#value(node, scope));
    }
  }

  /** The value of an expression, lists as they are; what a statement puts out, as a variable would hold it. */
  #one(node: Node, scope: Scope): Value {
    const inner = single(node);
    return STATEMENTS.has(inner.type) ? one(this.#run(inner, scope)) : this.#value(inner, scope);
  }

  #sequence(nodes: readonly Node[], scope: Scope): readonly Value[] {
    const out: Value[] = [];
    for (const node of nodes) {
      try {
        out.push(...this.#run(node, scope));
      } catch (error) {
        // What was put out before stays put out.
        if (error instanceof Carried) throw new Carried([...out, ...error.values]);
        if (error instanceof Exit) for (const value of out) this.#print(value);
        throw error;
      }
    }
    return out;
  }

  #try(children: readonly Node[], scope: Scope): readonly Value[] {
    const [block, clauses] = children;
    const [clause] = named(the(clauses));
    try {
      return this.#run(the(block), scope);
    } catch (error) {
      if (!(error instanceof PowerShellError)) throw error;
      scope.variables.set('_', error.record);
      return this.#run(the(named(the(clause)).at(-1)), scope);
    }
  }

  #flow(node: Node, children: readonly Node[], scope: Scope): never {
    const [first] = children;
    const values = first === undefined ? [] : this.#run(first, scope);
    const [word] = node.signs;
    if (word === 'return') throw new Carried(values);
    if (word === 'throw') throw new PowerShellError(toText(one(values)));
    if (word === 'exit') throw new Exit(Number(one(values)));
    throw unknown(node);
  }

  #pipeline(parts: readonly Node[], scope: Scope): readonly Value[] {
    const [first, ...rest] = parts;
    let values = this.#run(the(first), scope);
    for (const part of rest) values = this.#command(single(part), values, scope);
    return values;
  }

  #command(node: Node, input: readonly Value[] | undefined, scope: Scope): readonly Value[] {
    const whole = node.type === 'command';
    const [first, arguments_] = whole ? named(node) : [node];
    const name = textOf(first).toLowerCase();
    const elements = arguments_ === undefined ? [] : named(arguments_).filter(isArgument);
    if (name === 'where-object') {
      const body = the(named(single(the(elements[0])))[0]);
      return (input ?? []).filter((item) => isTrue(one(this.#run(body, child(scope, [['_', item]])))));
    }
    if (name === 'out-string') return [(input ?? []).map((item) => `${toText(item)}\r\n`).join('')];
    const parameters = this.#parameters(elements, scope);
    if (name === 'write-output') return listed(parameters.get('0') ?? null);
    if (name === 'convertto-json') return [toJson(parameters.get('inputobject') ?? null)];
    const own = this.#functions.get(name);
    if (own) return this.#call(own, parameters, scope);
    const command = this.#host.commands[name];
    if (!command)
      throw new PowerShellError(`The term '${name}' is not recognized`, 'CommandNotFoundException');
    return command(parameters);
  }

  /** Named ones by their name, the others by their place. */
  #parameters(elements: readonly Node[], scope: Scope): ReadonlyMap<string, Value> {
    const parameters = new Map<string, Value>();
    let place = 0;
    let wanted: string | undefined;
    for (const element of elements) {
      if (element.type === 'command_parameter') {
        if (wanted !== undefined) parameters.set(wanted, true);
        wanted = element.text.slice(1).toLowerCase();
        continue;
      }
      const value = element.type === 'generic_token' ? element.text : this.#one(element, scope);
      parameters.set(wanted ?? String(place++), value);
      wanted = undefined;
    }
    if (wanted !== undefined) parameters.set(wanted, true);
    return parameters;
  }

  #call(own: Node, parameters: ReadonlyMap<string, Value>, scope: Scope): readonly Value[] {
    const declared = named(own).find(({ type }) => type === 'function_parameter_declaration');
    const names = declared === undefined ? [] : (declared.text.match(/\w+/g) ?? []);
    const given = names.map(
      (name, place) => [name.toLowerCase(), parameters.get(String(place)) ?? null] as const,
    );
    const body = named(own).find(({ type }) => type === 'script_block');
    try {
      return this.#run(the(body), child(scope, given));
    } catch (error) {
      if (error instanceof Carried) return error.values;
      throw error;
    }
  }

  #assign(target: Node, value: Value, scope: Scope): void {
    const place = single(target);
    if (place.type === 'variable') {
      if (nameOf(place) !== 'null') scope.variables.set(nameOf(place), value);
      return;
    }
    if (place.type !== 'element_access') throw unknown(place);
    const [of, key] = named(place);
    const map = this.#one(the(of), scope);
    if (!(map instanceof Map)) throw new PowerShellError('Cannot index into a null array.');
    map.set(toText(this.#one(the(key), scope)), value);
  }

  #value(node: Node, scope: Scope): Value {
    const children = named(node);
    const value = (at: number): Value => this.#one(the(children[at]), scope);
    switch (node.type) {
      case 'variable':
        return read(scope, nameOf(node));
      case 'decimal_integer_literal':
        return Number(node.text);
      case 'hexadecimal_integer_literal':
        return Number(node.text);
      case 'verbatim_string_characters':
        return node.text.slice(1, -1).replaceAll(/(['\u2018-\u201B])['\u2018-\u201B]/g, '$1');
      case 'expandable_string_literal':
        return node.text
          .slice(1, -1)
          .replace(/\$(\w+)/g, (_, name: string) => toText(read(scope, name.toLowerCase())));
      case 'parenthesized_expression':
        return value(0);
      case 'array_expression':
        return children.flatMap((part) => this.#run(part, scope));
      case 'array_literal_expression':
        return children.map((part) => this.#one(part, scope));
      case 'hash_literal_expression':
        return this.#hash(children, scope);
      case 'cast_expression':
        return cast(textOf(children[0]).slice(1, -1).toLowerCase(), value(1));
      case 'format_expression':
        return format(toText(value(0)), value(2));
      case 'additive_expression':
        return toText(value(0)) + toText(value(1));
      case 'logical_expression':
        return node.signs.includes('-and')
          ? isTrue(value(0)) && isTrue(value(1))
          : isTrue(value(0)) || isTrue(value(1));
      case 'comparison_expression':
        return this.#compare(textOf(children[1]).toLowerCase(), value(0), value(2), scope);
      case 'expression_with_unary_operator':
        if (!/^-not\b/i.test(node.text)) throw unknown(node);
        return !isTrue(this.#one(the(children.at(-1)), scope));
      case 'element_access':
        return element(value(0), value(1));
      case 'member_access':
        return this.#member(children, scope);
      default:
        throw unknown(node);
    }
  }

  #hash(children: readonly Node[], scope: Scope): Value {
    const entries = children.flatMap((body) => named(body)).filter(({ type }) => type === 'hash_entry');
    return new Map(
      entries.map((entry) => {
        const [key, value] = named(entry);
        return [textOf(key), this.#one(the(value), scope)];
      }),
    );
  }

  #compare(operator: string, left: Value, right: Value, scope: Scope): Value {
    switch (operator) {
      case '-eq':
        return isEqual(left, right);
      case '-ne':
        return !isEqual(left, right);
      case '-gt':
        return Number(left) > Number(right);
      case '-split':
        return toText(left).split(new RegExp(toText(right)));
      case '-match': {
        const match = new RegExp(toText(right), 'i').exec(toText(left));
        if (match) scope.variables.set('matches', [...match]);
        return match !== null;
      }
      default:
        throw new Error(`the interpreter does not know ${operator}`);
    }
  }

  #member([of, name]: readonly Node[], scope: Scope): Value {
    const owner = single(the(of));
    if (owner.type === 'type_literal') {
      const member = this.#host.statics[`${owner.text.slice(1, -1)}::${textOf(name)}`];
      if (member === undefined) throw new PowerShellError(`no ${owner.text}::${textOf(name)}`);
      return typeof member === 'function' ? member() : member;
    }
    const value = this.#one(owner, scope);
    const key = textOf(name);
    if (key === 'Count') return listOf(value).length;
    if (value instanceof Map) return key === 'Keys' ? [...value.keys()] : (value.get(key) ?? null);
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return null;
    const member = Object.entries(value).find(([field]) => field === key)?.[1];
    return member === undefined || typeof member === 'function' ? null : member;
  }

  #invoke([of, name, args]: readonly Node[], scope: Scope): Value | undefined {
    const owner = single(the(of));
    const method = textOf(name);
    const list = args === undefined ? [] : named(args).flatMap((part) => named(part));
    const values = list.map((part) => this.#one(part, scope));
    if (owner.text === '[Console]::Out' && method === 'WriteLine') {
      this.#print(values[0] ?? null);
      return undefined;
    }
    if (owner.text === '[Console]::Error' && method === 'WriteLine') {
      this.#host.stderr(toText(values[0] ?? null));
      return undefined;
    }
    if (owner.type === 'type_literal') return this.#member([owner, the(name)], scope);
    const value = this.#one(owner, scope);
    if (typeof value === 'string' && method === 'Trim') return value.trim();
    const called = Object.entries(Object(value)).find(([field]) => field === method)?.[1];
    if (typeof called !== 'function') throw new PowerShellError(`no method ${method}`);
    return called(...values);
  }
}

/** `return` on its way out of a function, with all that the function has put out. */
class Carried extends Error {
  readonly values: readonly Value[];
  constructor(values: readonly Value[]) {
    super('return');
    this.values = values;
  }
}

function child(parent: Scope, variables: readonly (readonly [string, Value])[]): Scope {
  return { variables: new Map(variables), parent };
}

function read(scope: Scope | undefined, name: string): Value {
  if (scope === undefined) return null;
  return scope.variables.has(name) ? (scope.variables.get(name) ?? null) : read(scope.parent, name);
}
