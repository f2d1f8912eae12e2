/**
 * A profile as a whole, out and in.
 *
 * Threat model: the snapshot that is sealed, and the database that was unsealed, are files for a moment. They hold
 * what the profile's own database holds (keys sealed, names readable), owner-only and in the same folder; the vault
 * key is never in a file of ours. Both are removed whatever happens, and what a `kill -9` leaves is removed by the
 * next export or import. What comes in is the work of this program only as far as its passphrase proves: it is
 * checked, nothing but its rows is taken over, and it is sealed under a vault id of its own, so that a change of one
 * copy's vault key never takes the other's.
 */
import type { ProfileCopies } from '../backend.ts';
import type { CopiesSetup } from './copies-setup.ts';
import { exportProfile, moveOut } from './profile-export.ts';
import { importProfile } from './profile-import.ts';

export function localCopies(setup: CopiesSetup): ProfileCopies {
  return {
    moveOut: (access, checkSize) => moveOut(setup, access, checkSize),
    export: (access) => exportProfile(setup, access),
    import: (contents) => importProfile(setup, contents),
  };
}
