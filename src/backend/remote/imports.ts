import type { Client } from '../../client/client.ts';
import type { WireImportItem } from '../../contract/imports.ts';
import type { ImportedText, ImportItem } from '../../importers/record.ts';
import type { ImportFile, ImportOptions, ImportRun } from '../backend.ts';
import type { FileReport } from '../rows.ts';
import type { Changing } from './setup.ts';

/** An import into the service: each file is read to its end here and stored there in one transaction. */
export class RemoteImportRun implements ImportRun {
  readonly #client: Client;
  readonly #options: ImportOptions;
  readonly #changing: Changing;
  readonly #warnings = new Set<string>();
  #id: string | null = null;

  constructor(client: Client, options: ImportOptions, changing: Changing) {
    this.#client = client;
    this.#options = options;
    this.#changing = changing;
  }

  get id(): string | null {
    return this.#id;
  }

  get warnings(): readonly string[] {
    return [...this.#warnings];
  }

  async add(file: ImportFile): Promise<FileReport> {
    const { dryRun, strict, force, offer, onProgress } = this.#options;
    const items: WireImportItem[] = [];
    for await (const item of file.items) {
      items.push(wireItem(item));
      if (items.length % 1_000 === 0) onProgress?.(items.length);
    }
    const { name, format } = file;
    const body = { continues: this.#id, dryRun, strict, force, offer, file: { name, format }, items };
    const { id, report, warnings } = await this.#changing(() => this.#client.call('addImport', { body }));
    this.#id = id;
    for (const warning of warnings) this.#warnings.add(warning);
    return report;
  }
}

function wireItem(item: ImportItem): WireImportItem {
  switch (item.kind) {
    case 'entitlement': {
      const { kind, place, product, source, quantity, unit, activateBy } = item;
      return {
        kind,
        place,
        product: wireText(product),
        source: wireText(source),
        quantity,
        unit,
        activateBy,
      };
    }
    case 'key': {
      const { kind, place, product, key, type, allowed, allowedByType, claimedOn, note, source } = item;
      return {
        kind,
        place,
        product: wireText(product),
        // The service seals it; the way there is encrypted.
        key: key.reveal(),
        type,
        allowed,
        allowedByType,
        claimedOn,
        note: note === null ? null : wireText(note),
        source: source === null ? null : wireText(source),
      };
    }
    case 'note':
      return {
        kind: item.kind,
        place: item.place,
        product: wireText(item.product),
        text: wireText(item.text),
      };
    case 'skipped':
    case 'rejected':
      return { kind: item.kind, place: item.place, reason: item.reason };
    case 'warning':
      return { kind: item.kind, text: item.text };
  }
}

function wireText({ shown, original }: ImportedText): { shown: string; original: string | null } {
  return { shown, original: original?.reveal() ?? null };
}
