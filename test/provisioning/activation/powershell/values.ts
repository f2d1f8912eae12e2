/** What a PowerShell variable holds here. Instances of classes are records; hashtables keep their order. */
export type Value =
  | null
  | boolean
  | number
  | string
  | readonly Value[]
  | Map<string, Value>
  | { readonly [name: string]: Value | ((...args: Value[]) => Value) };

/** What `throw` and failing commands raise. */
export class PowerShellError extends Error {
  readonly id: string;
  readonly hresult: number;

  constructor(message: string, id = message, hresult = -0x7feaeb00) {
    super(message);
    this.id = id;
    this.hresult = hresult;
  }

  get record(): Value {
    return {
      FullyQualifiedErrorId: this.id,
      Exception: { Message: this.message, HResult: this.hresult },
    };
  }
}

/** A failure as the CIM cmdlets raise it. */
export function cimError(hresult: number): PowerShellError {
  const code = `0x${(hresult >>> 0).toString(16)}`;
  return new PowerShellError(
    'Der Vorgang ist fehlgeschlagen.',
    `HRESULT ${code},Microsoft.Management.Cmdlets`,
  );
}

export function isTrue(value: Value): boolean {
  if (Array.isArray(value)) return value.length > 1 || (value.length === 1 && isTrue(value[0] ?? null));
  return Boolean(value);
}

export function toText(value: Value): string {
  if (value === null) return '';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return value.map(toText).join(' ');
  return String(value);
}

export function toJson(value: Value): string {
  return JSON.stringify(value, (_, part: Value) => (part instanceof Map ? Object.fromEntries(part) : part));
}

/** `-f`: only what is used, positions and eight hex digits. */
export function format(text: string, value: Value): string {
  return text.replace(/\{0(?::X8)?\}/g, (place) => {
    if (place === '{0}') return toText(value);
    if (typeof value !== 'number') throw new PowerShellError('Input string was not in a correct format.');
    return (value >>> 0).toString(16).toUpperCase().padStart(8, '0');
  });
}

/** Equality: texts without case, null only with null. */
export function isEqual(left: Value, right: Value): boolean {
  if (typeof left === 'string') return left.toLowerCase() === toText(right).toLowerCase();
  if (typeof left === 'number' && typeof right === 'string') return left === Number(right);
  return left === right;
}

export function cast(type: string, value: Value): Value {
  switch (type) {
    case 'ordered':
      return value;
    case 'bool':
      return isTrue(value);
    case 'string':
      return toText(value);
    case 'int':
    case 'uint32':
      return Number(value ?? 0);
    case 'char':
      return String.fromCharCode(Number(value));
    default:
      throw new Error(`the interpreter does not know [${type}]`);
  }
}

export function element(of: Value, key: Value): Value {
  if (of instanceof Map) return of.get(toText(key)) ?? null;
  if (Array.isArray(of)) return of[Number(key)] ?? null;
  throw new PowerShellError('Cannot index into a null array.');
}

/** A pipeline's result as a variable holds it: nothing, one thing, or a list. */
export function one(values: readonly Value[]): Value {
  return values.length > 1 ? values : (values[0] ?? null);
}

/** A value on its way into the pipeline: lists are taken apart. */
export function listed(value: Value): readonly Value[] {
  return Array.isArray(value) ? value : [value];
}

export function listOf(value: Value): readonly Value[] {
  return value === null ? [] : listed(value);
}
