/** The value that `make` gives, made at the first call and kept, also if it is a promise that is rejected. */
export function once<T>(make: () => T): (() => T) & { readonly made: () => boolean } {
  let made: { readonly value: T } | undefined;
  const get = () => {
    made ??= { value: make() };
    return made.value;
  };
  return Object.assign(get, { made: () => made !== undefined });
}
