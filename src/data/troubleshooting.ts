import type { CheckDescription } from '../troubleshooting/checks.ts';
import type {
  KnowledgeIndex,
  KnowledgeSource,
  Link,
  Remedy,
  Scenario,
  ScenarioId,
  SupportTerms,
} from '../troubleshooting/knowledge.ts';
import type { Graph } from '../troubleshooting/nodes.ts';

/**
 * What the JSON files hold is only as good as test/data/troubleshooting.test.ts, which checks each of them against
 * a schema; this is the one place where their text becomes types. Each file is a chunk of its own, read when asked.
 */
function typed<T>(file: Promise<{ default: unknown }>): Promise<T> {
  return file.then((module) => module.default as T);
}

const SCENARIOS: Readonly<Record<ScenarioId, () => Promise<{ default: unknown }>>> = {
  adba: () => import('../../data/troubleshooting/scenarios/adba.json', { with: { type: 'json' } }),
  busy: () => import('../../data/troubleshooting/scenarios/busy.json', { with: { type: 'json' } }),
  'cal-no-information': () =>
    import('../../data/troubleshooting/scenarios/cal-no-information.json', { with: { type: 'json' } }),
  clock: () => import('../../data/troubleshooting/scenarios/clock.json', { with: { type: 'json' } }),
  'corrupted-store': () =>
    import('../../data/troubleshooting/scenarios/corrupted-store.json', { with: { type: 'json' } }),
  dns: () => import('../../data/troubleshooting/scenarios/dns.json', { with: { type: 'json' } }),
  expired: () => import('../../data/troubleshooting/scenarios/expired.json', { with: { type: 'json' } }),
  'geo-blocked': () =>
    import('../../data/troubleshooting/scenarios/geo-blocked.json', { with: { type: 'json' } }),
  'grace-expired': () =>
    import('../../data/troubleshooting/scenarios/grace-expired.json', { with: { type: 'json' } }),
  'hardware-change': () =>
    import('../../data/troubleshooting/scenarios/hardware-change.json', { with: { type: 'json' } }),
  info: () => import('../../data/troubleshooting/scenarios/info.json', { with: { type: 'json' } }),
  'key-blocked': () =>
    import('../../data/troubleshooting/scenarios/key-blocked.json', { with: { type: 'json' } }),
  'key-invalid': () =>
    import('../../data/troubleshooting/scenarios/key-invalid.json', { with: { type: 'json' } }),
  kms: () => import('../../data/troubleshooting/scenarios/kms.json', { with: { type: 'json' } }),
  'limit-reached': () =>
    import('../../data/troubleshooting/scenarios/limit-reached.json', { with: { type: 'json' } }),
  network: () => import('../../data/troubleshooting/scenarios/network.json', { with: { type: 'json' } }),
  'no-key': () => import('../../data/troubleshooting/scenarios/no-key.json', { with: { type: 'json' } }),
  'not-activated': () =>
    import('../../data/troubleshooting/scenarios/not-activated.json', { with: { type: 'json' } }),
  'not-genuine': () =>
    import('../../data/troubleshooting/scenarios/not-genuine.json', { with: { type: 'json' } }),
  'office-install': () =>
    import('../../data/troubleshooting/scenarios/office-install.json', { with: { type: 'json' } }),
  'offline-cid': () =>
    import('../../data/troubleshooting/scenarios/offline-cid.json', { with: { type: 'json' } }),
  permissions: () =>
    import('../../data/troubleshooting/scenarios/permissions.json', { with: { type: 'json' } }),
  'rds-cal': () => import('../../data/troubleshooting/scenarios/rds-cal.json', { with: { type: 'json' } }),
  'rearm-exhausted': () =>
    import('../../data/troubleshooting/scenarios/rearm-exhausted.json', { with: { type: 'json' } }),
  'server-side': () =>
    import('../../data/troubleshooting/scenarios/server-side.json', { with: { type: 'json' } }),
  service: () => import('../../data/troubleshooting/scenarios/service.json', { with: { type: 'json' } }),
  subscription: () =>
    import('../../data/troubleshooting/scenarios/subscription.json', { with: { type: 'json' } }),
  'token-based': () =>
    import('../../data/troubleshooting/scenarios/token-based.json', { with: { type: 'json' } }),
  'vm-activation': () =>
    import('../../data/troubleshooting/scenarios/vm-activation.json', { with: { type: 'json' } }),
  wmi: () => import('../../data/troubleshooting/scenarios/wmi.json', { with: { type: 'json' } }),
  'wrong-edition': () =>
    import('../../data/troubleshooting/scenarios/wrong-edition.json', { with: { type: 'json' } }),
  'wrong-key-type': () =>
    import('../../data/troubleshooting/scenarios/wrong-key-type.json', { with: { type: 'json' } }),
};

/** The knowledge that is shipped under data/troubleshooting/. */
export const troubleshootingKnowledge: KnowledgeSource = {
  index: () =>
    typed<KnowledgeIndex>(import('../../data/troubleshooting/index.json', { with: { type: 'json' } })),
  scenario: async (id) => {
    const load = Object.hasOwn(SCENARIOS, id) ? SCENARIOS[id] : undefined;
    return load ? typed<Scenario>(load()) : undefined;
  },
  remedies: () =>
    typed<Readonly<Record<string, Remedy>>>(
      import('../../data/troubleshooting/remedies.json', { with: { type: 'json' } }),
    ),
  graph: () => typed<Graph>(import('../../data/troubleshooting/graph.json', { with: { type: 'json' } })),
  checks: () =>
    typed<readonly CheckDescription[]>(
      import('../../data/troubleshooting/checks.json', { with: { type: 'json' } }),
    ),
  links: () =>
    typed<readonly Link[]>(import('../../data/troubleshooting/links.json', { with: { type: 'json' } })),
  support: () =>
    typed<SupportTerms>(import('../../data/troubleshooting/support.json', { with: { type: 'json' } })),
};
