import { ROLES, type Role } from '../contract/access.ts';
import { AppError } from '../errors.ts';

/** What is stored as a role; anything unknown is a defect and opens nothing. */
export function roleOf(stored: string): Role {
  const role = ROLES.find((known) => known === stored);
  if (role === undefined) throw new Error('a stored role is unknown');
  return role;
}

/** @throws AppError USAGE if such a role is limited to products: only what hands out keys can be. */
export function checkLimit(role: Role, products: readonly string[] | null): void {
  if (products === null || role === 'provisioner') return;
  throw new AppError('USAGE', `A ${role} is not limited to products.`, {
    hint: 'Leave the products away, or give the role provisioner.',
  });
}

/** A stored list of names. */
export function namesOf(stored: string): string[] {
  const value: unknown = JSON.parse(stored);
  if (!Array.isArray(value)) throw new Error('a stored list is none');
  return value.map(String);
}
