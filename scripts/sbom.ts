/**
 * Says what the package is made of, beside what it is made of: a bill of materials (CycloneDX) and the licences of what
 * is bundled. Most libraries are inside our own files, so what npm calls a development dependency is shipped too.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { rolldown } from 'rolldown';
import config from '../rolldown.config.ts';

interface Component {
  readonly name: string;
  readonly version: string;
  readonly 'bom-ref': string;
}

interface Bill {
  serialNumber?: string;
  readonly metadata: { timestamp?: string; readonly component: { name: string; type: string } };
  components: Component[];
  dependencies: { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');

/** The folders of the packages that the bundler takes code from, by the names in the bill. */
async function bundled(): Promise<Map<string, string>> {
  const { output, ...input } = config;
  const bundle = await rolldown({ ...input, cwd: ROOT });
  const { output: files } = await bundle.generate({
    ...(Array.isArray(output) ? output[0] : output),
    minify: false,
  });
  await bundle.close();
  const packages = new Map<string, string>();
  for (const file of files) {
    for (const module of file.type === 'chunk' ? file.moduleIds : []) {
      const [, folder] = /^\0?(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(module) ?? [];
      if (folder === undefined) continue;
      const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      packages.set(`${name}@${version}`, folder);
    }
  }
  return packages;
}

/** What npm knows of the lockfile. */
function wholeBill(): Bill {
  const args = ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--package-lock-only'];
  const shell = process.platform === 'win32';
  return JSON.parse(execFileSync('npm', args, { cwd: ROOT, encoding: 'utf8', shell, maxBuffer: 2 ** 26 }));
}

interface Locked {
  readonly name?: string;
  readonly version: string;
  readonly dev?: true;
}

/** What npm installs with the package, by the names in the bill. */
function installed(): Set<string> {
  const lock: { packages: Record<string, Locked> } = JSON.parse(
    readFileSync(join(ROOT, 'package-lock.json'), 'utf8'),
  );
  const found = Object.entries(lock.packages).filter(([path, { dev }]) => path !== '' && dev !== true);
  return new Set(
    found.map(([path, { name, version }]) => `${name ?? path.split('node_modules/').at(-1)}@${version}`),
  );
}

function licenceOf(folder: string): string {
  const file = readdirSync(folder).find((name) => /^licen[cs]e(\.\w+)?$/i.test(name));
  return file === undefined ? '(no text in the package)' : readFileSync(join(folder, file), 'utf8').trim();
}

const packages = await bundled();
const beside = installed();
const bill = wholeBill();
const shipped = (reference: string): boolean => beside.has(reference) || packages.has(reference);
bill.components = bill.components.filter((component) => shipped(component['bom-ref']));
const own = bill.dependencies.find(({ ref }) => ref.startsWith('mpn-benefits@'))?.ref ?? '';
bill.dependencies = [own, ...bill.components.map((component) => component['bom-ref'])].map((reference) => ({
  ref: reference,
  dependsOn: (bill.dependencies.find(({ ref }) => ref === reference)?.dependsOn ?? []).filter(shipped),
}));
// The same package gives the same bill.
delete bill.serialNumber;
delete bill.metadata.timestamp;
bill.metadata.component.name = 'mpn-benefits';
const missing = [...packages.keys()].filter(
  (reference) => !bill.components.some((component) => component['bom-ref'] === reference),
);
if (missing.length > 0) throw new Error(`not in the lockfile: ${missing.join(', ')}`);
writeFileSync(join(DIST, 'sbom.cdx.json'), `${JSON.stringify(bill, undefined, 2)}\n`);
writeFileSync(
  join(DIST, 'third-party-licences.txt'),
  [...packages]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([reference, folder]) => `${reference}\n\n${licenceOf(folder)}\n`)
    .join(`\n${'-'.repeat(80)}\n\n`),
);
process.stdout.write(
  `${bill.components.length} components, ${packages.size} of them bundled: dist${sep}sbom.cdx.json\n`,
);
