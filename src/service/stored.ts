import { ROLES, type Role } from '../contract/access.ts';

/** What is stored as a role; anything unknown is a defect and opens nothing. */
export function roleOf(stored: string): Role {
  const role = ROLES.find((known) => known === stored);
  if (role === undefined) throw new Error('a stored role is unknown');
  return role;
}

/** A stored list of names. */
export function namesOf(stored: string): string[] {
  const value: unknown = JSON.parse(stored);
  if (!Array.isArray(value)) throw new Error('a stored list is none');
  return value.map(String);
}
